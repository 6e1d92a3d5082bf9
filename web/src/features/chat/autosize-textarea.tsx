// A text box that grows with its text, up to the height its class allows.
import {
  type Ref,
  type TextareaHTMLAttributes,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
} from "react";
import { classNames } from "../../ui/class-names";

interface AutosizeTextareaProps extends TextareaHTMLAttributes<HTMLTextAreaElement> {
  value: string;
  ref?: Ref<HTMLTextAreaElement>;
}

const NATIVE = typeof CSS !== "undefined" && CSS.supports?.("field-sizing", "content");

export function AutosizeTextarea({ value, className, ref, ...props }: AutosizeTextareaProps) {
  const own = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle(ref, () => own.current as HTMLTextAreaElement);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const area = own.current;
    if (NATIVE || !area) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [value]);

  return (
    <textarea
      {...props}
      ref={own}
      value={value}
      dir="auto"
      className={classNames("field-sizing-content resize-none", className)}
    />
  );
}
