import { render, screen, within } from "@testing-library/react";
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

  it("draws only what changed while an answer grows", () => {
    const parts = Array.from({ length: 300 }, (_, n) => `Paragraph **${n}** of many.`);
    const text = parts.join("\n\n");
    const growing = (end: number) => (
      <Profiler id="answer" onRender={() => undefined}>
        <Rendered text={text.slice(0, end)} growing />
      </Profiler>
    );
    const { container, rerender } = render(growing(text.length - 10));
    const before = [...container.querySelectorAll("p")];
    rerender(growing(text.length));
    const after = [...container.querySelectorAll("p")];
    expect(after).toHaveLength(300);
    // React keeps the elements of blocks it left alone; their text nodes are the same objects.
    expect(after.slice(0, -1).every((p, n) => p.firstChild === before[n]?.firstChild)).toBe(true);
  });
});
