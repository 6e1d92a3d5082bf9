// Height "auto": lays the page out by its content (see embed.css) and reports how high that is.

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
