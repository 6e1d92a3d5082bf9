// Height "auto": sizes the page by its content (see embed.css) and reports the height.

export function followHeight(content: Element, report: (height: number) => void): () => void {
  const root = document.documentElement;
  root.dataset.embedHeight = "auto";
  const observer = new ResizeObserver(() =>
    report(Math.ceil(content.getBoundingClientRect().height)),
  );
  observer.observe(content);
  return () => {
    observer.disconnect();
    delete root.dataset.embedHeight;
  };
}
