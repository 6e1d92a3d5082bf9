// Has the browser save something as a file.
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers have not taken it yet when `click` returns.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
