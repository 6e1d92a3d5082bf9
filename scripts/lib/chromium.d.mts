export const chromiumPath: string;
export const fullChromiumPath: string;
export const chromiumArgs: string[];
