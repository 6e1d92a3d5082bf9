import { useLook } from "../features/site/site-gate";
import { BrandMark } from "../ui/brand-mark";
import { classNames } from "../ui/class-names";

export function SiteMark({ className }: { className: string }) {
  const { logo } = useLook();
  if (logo === null) return <BrandMark className={className} />;
  return <img src={logo} alt="" className={classNames("object-contain", className)} />;
}
