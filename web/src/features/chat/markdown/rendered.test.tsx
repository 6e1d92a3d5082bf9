import { render, screen, waitFor, within } from "@testing-library/react";
import { Profiler } from "react";
import { describe, expect, it } from "vitest";
import { Rendered } from "./rendered";

const show = (text: string) => render(<Rendered text={text} growing={false} />).container;

describe("Rendered", () => {
  it("draws what people write in answers", () => {
    const page = show(
      "## Title\n\nSome **bold**, *soft* and `code`.\n\n1. one\n2. two\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n> said\n\n---\n\n~~gone~~",
    );
    expect(screen.getByRole("heading", { name: "Title", level: 3 })).toBeTruthy();
    expect(page.querySelector("strong")?.textContent).toBe("bold");
    expect(page.querySelector("em")?.textContent).toBe("soft");
    expect(page.querySelector("p code")?.textContent).toBe("code");
    expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual(["one", "two"]);
    expect(screen.getAllByRole("columnheader").map((cell) => cell.textContent)).toEqual(["a", "b"]);
    expect(within(screen.getByRole("table")).getAllByRole("cell")).toHaveLength(2);
    expect(page.querySelector("blockquote")?.textContent).toBe("said");
    expect(page.querySelector("hr")).toBeTruthy();
    expect(page.querySelector("del")?.textContent).toBe("gone");
  });

  it("gives headings levels without a gap, whatever the model wrote", () => {
    const page = show("### A\n\n##### B\n\n###### C\n\n##### D\n\n# E\n\n## F\n\n> # quoted");
    const levels = [...page.querySelectorAll("h1,h2,h3,h4,h5,h6")].map(
      ({ tagName, textContent }) => tagName + textContent,
    );
    expect(levels).toEqual(["H3A", "H4B", "H5C", "H4D", "H3E", "H4F"]);
  });

  it("gives code a button that copies it", () => {
    show("```js\nlet x = 1 < 2;\n```");
    expect(screen.getByRole("button", { name: "Copy code" })).toBeTruthy();
    expect(screen.getByText("let x = 1 < 2;")).toBeTruthy();
  });

  it("opens links elsewhere, without telling who sent them", () => {
    show("[page](https://example.com/a)");
    const link = screen.getByRole("link", { name: "page" });
    expect(link.getAttribute("href")).toBe("https://example.com/a");
    expect(link.getAttribute("target")).toBe("_blank");
    expect(link.getAttribute("rel")).toBe("noopener noreferrer");
    expect(link.dir).toBe("auto");
  });

  it("breaks lines in table cells where the model asks for it", () => {
    const page = show("| a | b |\n|---|---|\n| 1 | one<br>two<BR />three |");
    expect(page.querySelectorAll("td br")).toHaveLength(2);
    expect(page.querySelectorAll("td")[1]?.textContent).toBe("onetwothree");
  });

  it("gives lists and quotes the direction of their text, and leaves the rest to the browser", () => {
    const page = show("مرحبا! كيف حالك؟\n\n- واحد\n- اثنان\n\n> שלום\n\n1. one\n\n# **عنوان**");
    expect(page.querySelector("p")?.dir).toBe("auto");
    expect(page.querySelector("ul")?.dir).toBe("rtl");
    expect(page.querySelector("ul li")?.hasAttribute("dir")).toBe(false);
    expect(page.querySelector("blockquote")?.dir).toBe("rtl");
    expect(page.querySelector("ol")?.dir).toBe("ltr");
    expect(page.querySelector("h3")?.dir).toBe("auto");
  });

  it("draws formulas as MathML once the library has come, and money as money", async () => {
    const page = show("Inline \\(E=mc^2\\). It costs $5 and $10.");
    await waitFor(() => expect(page.querySelectorAll("math msup")).toHaveLength(1));
    expect(page.querySelector("p")?.textContent).toContain("It costs $5 and $10.");
    expect(page.querySelector("p")?.textContent).not.toContain("\\(");
  });

  it("shows a formula that is none as it was written, and follows no link in one", async () => {
    const page = show("\\(\\frac{a\\) and \\(\\href{javascript:alert(1)}{x}\\) and \\(x\\)");
    await waitFor(() => expect(page.querySelector("math")).toBeTruthy());
    expect(page.textContent).toContain("\\frac{a");
    expect(page.querySelectorAll("a, [href]")).toHaveLength(0);
  });

  it("colours code of a language it knows, and changes no character of it", async () => {
    const code = 'def f(x):\n    return "a" + str(x)  # why\n';
    const page = show(`\`\`\`python\n${code}\`\`\``);
    await waitFor(() => expect(page.querySelectorAll("pre span").length).toBeGreaterThan(3));
    expect(page.querySelector("pre")?.textContent).toBe(code.trimEnd());
    expect(show("```nosuch\nx = 1\n```").querySelector("pre")?.textContent).toBe("x = 1");
  });

  it("leads from a footnote's mark to the footnote", async () => {
    const page = show("A claim[^1] and[^none].\n\n[^1]: The *source*.");
    screen.getByRole("button", { name: "Footnote 1" }).click();
    expect(document.activeElement?.textContent).toBe("1The source.");
    expect(page.textContent).toContain("[^none]");
  });

  it("resolves a link whose definition stands in another piece, once all of it is there", () => {
    const text = `See [the page][p].\n\n${"Filler.\n\n".repeat(1_000)}[p]: https://example.com/`;
    const { rerender } = render(<Rendered text={text} growing />);
    expect(screen.queryByRole("link")).toBeNull();
    rerender(<Rendered text={text} growing={false} />);
    expect(screen.getByRole("link", { name: "the page" }).getAttribute("href")).toBe(
      "https://example.com/",
    );
  });

  it("keeps its nodes while a paragraph of many words grows", () => {
    const text = "a ".repeat(4_000);
    const { container, rerender } = render(<Rendered text={text} growing />);
    const nodes = () => [...(container.querySelector("p")?.childNodes ?? [])];
    const before = nodes();
    expect(before.length).toBeLessThan(1_200);
    rerender(<Rendered text={`${text}b c`} growing />);
    expect(nodes().slice(0, before.length - 1)).toEqual(before.slice(0, -1));
    expect(container.textContent).toBe(`${text}b c`);
  });

  it("keeps what is selected while the paragraph grows, and when it is done", () => {
    const { container, rerender } = render(<Rendered text="One two three fo" growing />);
    const nodes = () => [...(container.querySelector("p")?.childNodes ?? [])];
    const words = nodes();
    expect(words.map(({ nodeValue }) => nodeValue)).toEqual(["One ", "two ", "three ", "fo"]);
    getSelection()?.setBaseAndExtent(words[0] as Node, 1, words[2] as Node, 2);
    rerender(<Rendered text="One two three four **five**." growing />);
    rerender(<Rendered text="One two three four **five**." growing={false} />);
    expect(nodes().slice(0, 3)).toEqual(words.slice(0, 3));
    expect(getSelection()?.toString()).toBe("ne two th");
  });

  it("joins the words of what is done and not selected", () => {
    getSelection()?.removeAllRanges();
    const { container, rerender } = render(<Rendered text="One two thr" growing />);
    rerender(<Rendered text="One two three." growing={false} />);
    const [text, ...others] = container.querySelector("p")?.childNodes ?? [];
    expect(text?.nodeValue).toBe("One two three.");
    expect(others).toEqual([]);
  });

  it("shows tasks with what is done", () => {
    show("- [x] bread\n- [ ] milk");
    expect(screen.getByRole("img", { name: "Done:" })).toBeTruthy();
    expect(screen.getByRole("img", { name: "To do:" })).toBeTruthy();
  });

  it("reads character references as characters", () => {
    expect(show("Fish &amp; chips &#8211; 5 &euro; &nosuch;").textContent).toBe(
      "Fish & chips – 5 € &nosuch;",
    );
  });

  it.each([
    ["a script link", "[x](javascript:alert(1))"],
    ["a script link in capitals", "[x](JaVaScRiPt:alert(1))"],
    ["a script link with a tab", "[x](java&#9;script:alert(1))"],
    ["a script link written in references", "[x](&#106;avascript:alert&#40;1&#41;)"],
    ["a script link in an autolink", "<javascript:alert(1)>"],
    ["a script link by reference", "[x][r]\n\n[r]: javascript:alert(1)"],
    ["a data link", "[x](data:text/html,<script>alert(1)</script>)"],
    ["a file link", "[x](file:///etc/passwd)"],
    ["a blob link", "[x](blob:https://example.com/1)"],
    ["a vbscript link", "[x](vbscript:msgbox)"],
    ["a link to a place of ours", "[x](/api/logout)"],
    ["a link without a scheme", "[x](//evil.example/a)"],
    ["a script image", "![x](javascript:alert(1))"],
    ["a link in a heading", "# [x](javascript:alert(1))"],
    [
      "a link in a table",
      "| [x](javascript:alert(1)) |\n|---|\n| ![y](data:image/png;base64,AA) |",
    ],
    ["a link in a list in a quote", "> - [x](javascript:alert(1))"],
    ["a link around an image", "[![x](data:,a)](javascript:alert(1))"],
  ])("follows no %s", (_, text) => {
    const page = show(text);
    expect(page.querySelectorAll("a")).toHaveLength(0);
    expect(page.querySelectorAll("img")).toHaveLength(0);
  });

  it.each([
    ["a block", "<script>alert(1)</script>"],
    ["a line", "hello <img src=x onerror=alert(1)> there"],
    ["a frame", '<iframe src="https://evil.example"></iframe>'],
    ["a style", "<style>body{display:none}</style>"],
    ["a form", '<form action="https://evil.example"><input></form>'],
    ["an object", "<svg onload=alert(1)><a xlink:href=javascript:alert(1)>x</a></svg>"],
    ["html in a table", "| <img src=x onerror=alert(1)> |\n|---|\n| <b>x</b> |"],
    ["html in a list", "- <img src=x onerror=alert(1)>"],
    ["html in code", "`<img src=x>`\n\n```html\n<img src=x>\n```"],
  ])("shows %s of raw HTML as text", (_, text) => {
    const page = show(text);
    expect(
      page.querySelectorAll("script, img, iframe, style, form, input, svg:not(.lucide), b, object"),
    ).toHaveLength(0);
    expect(page.textContent).toContain("<");
  });

  it("loads no picture: an image becomes a link to it", () => {
    const page = show("![a cat](https://evil.example/cat.png?who=me)");
    expect(page.querySelectorAll("img")).toHaveLength(0);
    expect(screen.getByRole("link", { name: "a cat" }).getAttribute("href")).toContain("cat.png");
  });

  it.each([
    ["quotes", `${">".repeat(5_000)}deep`],
    ["quotes that are parsed", `${">".repeat(200)}deep`],
    ["lists", Array.from({ length: 100 }, (__, n) => `${" ".repeat(2 * n)}- deep`).join("\n")],
    ["emphasis", `${"*a **b ".repeat(500)}deep`],
  ])("survives %s nested without end", (_, text) => {
    expect(show(text).textContent).toContain("deep");
  });

  it("draws only what changed while an answer grows", async () => {
    const parts = Array.from({ length: 300 }, (_, n) => `Paragraph **${n}** of many.`);
    const text = parts.join("\n\n");
    const growing = (end: number) => (
      <Profiler id="answer" onRender={() => undefined}>
        <Rendered text={text.slice(0, end)} growing />
      </Profiler>
    );
    const { container, rerender } = render(growing(text.length - 10));
    const paragraphs = async () => {
      await waitFor(() => expect(container.querySelectorAll("p")).toHaveLength(300));
      return [...container.querySelectorAll("p")];
    };
    const before = await paragraphs();
    rerender(growing(text.length));
    const after = await paragraphs();
    // React keeps the elements of unchanged blocks, so their text nodes are the same objects.
    expect(after.slice(0, -1).every((p, n) => p.firstChild === before[n]?.firstChild)).toBe(true);
  });
});
