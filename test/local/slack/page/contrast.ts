/** Measures the contrast of every visible text (WCAG 2.2, 1.4.3). Runs in the page, so it uses nothing from outside itself. */

/** The part of the DOM that is used here; the tests are typed for Node. */
interface PageElement {
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>;
  readonly className: unknown;
  readonly tagName: string;
  readonly parentElement: PageElement | null;
  readonly placeholder?: string;
  readonly ownerDocument: { readonly defaultView: PageWindow };
  checkVisibility(options: Readonly<Record<string, boolean>>): boolean;
  closest(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

interface PageWindow {
  getComputedStyle(
    element: PageElement,
    pseudo?: string,
  ): {
    readonly color: string;
    readonly backgroundColor: string;
    readonly fontSize: string;
    readonly fontWeight: string;
  };
}

type Rgb = readonly [number, number, number, number];

/** The texts below 4.5 to 1, or 3 to 1 where they are large; each with its ratio. */
export function faintTexts(root: PageElement): string[] {
  const view = root.ownerDocument.defaultView;
  const rgb = (text: string): Rgb => {
    const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return [r, g, b, a];
  };
  const luminance = ([r, g, b]: Rgb): number => {
    const [red = 0, green = 0, blue = 0] = [r, g, b]
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element: PageElement): Rgb => {
    const own = rgb(view.getComputedStyle(element).backgroundColor);
    if (own[3] === 1 || element.parentElement === null) return own;
    return behind(element.parentElement);
  };
  const shownText = (element: PageElement): string => {
    if (element.placeholder !== undefined && element.placeholder !== '') return element.placeholder;
    const texts = [...element.childNodes].filter(({ nodeType }) => nodeType === 3);
    return texts
      .map(({ textContent }) => textContent ?? '')
      .join('')
      .trim();
  };
  return [...root.querySelectorAll('*')].flatMap((element) => {
    const shown = shownText(element);
    const visible = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (shown === '' || !visible || element.closest('.off-screen, option') !== null) return [];
    const style = view.getComputedStyle(element);
    const color =
      element.placeholder === shown ? view.getComputedStyle(element, '::placeholder').color : style.color;
    const [light = 0, dark = 0] = [luminance(rgb(color)), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    return ratio >= (large ? 3 : 4.5)
      ? []
      : [`${ratio.toFixed(2)} ${element.className || element.tagName}: ${shown}`];
  });
}
