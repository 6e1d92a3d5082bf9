// Lets the bundler drop the parts of react-router that the app does not use. The library names its
// components at the top level (`NavLink.displayName = …`) and creates some with calls, both of
// which count as use. The package's main entry is the build with developer warnings, which
// production does not need. Without this the router would be a third larger.
import type { Plugin } from "vite";

const NAMES = /^\w+\.displayName = "\w+";$/gm;
const CALLS = /^(var \w+ = )(React\d*\.(?:createContext|forwardRef|memo)\()/gm;
const WARNINGS = "var ENABLE_DEV_WARNINGS = true;";

export function routerDiet(): Plugin {
  return {
    name: "smooth-operator:router-diet",
    apply: "build",
    transform: {
      filter: { id: /\/node_modules\/react-router\// },
      handler: (code) => ({
        code: code
          .replace(NAMES, "")
          .replace(CALLS, "$1/* @__PURE__ */ $2")
          .replace(WARNINGS, "var ENABLE_DEV_WARNINGS = false;"),
        map: null,
      }),
    },
  };
}
