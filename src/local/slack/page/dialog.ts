/** What every dialog does: takes the focus, keeps it, gives it back, and closes on Escape. */
import type { RefObject, TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

const focusable =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex="0"]';

/** The elements that Tab reaches, in order; of a radio group the chosen one. */
function tabStops(root: ParentNode): HTMLElement[] {
  const all = [...root.querySelectorAll<HTMLElement>(focusable)].filter((element) =>
    element.checkVisibility(),
  );
  const chosen = new Set(
    all
      .filter((element) => isRadio(element) && element.checked)
      .map((element) => (element as HTMLInputElement).name),
  );
  return all.filter((element) => !isRadio(element) || element.checked || !chosen.has(element.name));
}

function isRadio(element: HTMLElement): element is HTMLInputElement {
  return element instanceof HTMLInputElement && element.type === 'radio';
}

/** `first` finds what gets the focus at the start; without one the dialog itself gets it. */
export function useDialog(
  dialog: RefObject<HTMLElement | null>,
  onEscape: () => void,
  first: (root: HTMLElement) => HTMLElement | null | undefined,
): (event: TargetedKeyboardEvent<HTMLElement>) => void {
  const last = useLastFocus(dialog);
  // At the first drawing: once the dialog stands there, all else is inert and without focus.
  const [before] = useState(() => document.activeElement);
  useLayoutEffect(() => {
    const root = dialog.current;
    if (root !== null) (first(root) ?? root).focus();
    return () => {
      // After the page is drawn without the dialog: until then everything behind it is inert.
      setTimeout(() => {
        const lost = document.activeElement === document.body || document.activeElement === null;
        if (lost && before instanceof HTMLElement && before.isConnected) before.focus();
      });
    };
  }, []);

  useLayoutEffect(() => {
    const root = dialog.current;
    if (root === null || !root.checkVisibility() || document.activeElement !== document.body) return;
    if (last.current !== undefined) (last.current.again(root) ?? root).focus();
  });

  return (event) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      event.preventDefault();
      onEscape();
    }
    if (event.key === 'Tab' && dialog.current !== null) loopTab(event, dialog.current);
  };
}

function loopTab(event: TargetedKeyboardEvent<HTMLElement>, root: HTMLElement): void {
  const stops = tabStops(root);
  const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
  const outside = document.activeElement === root && event.shiftKey;
  if (document.activeElement !== from && !outside) return;
  event.preventDefault();
  to?.focus();
}

interface LastFocus {
  /** What stands now where the focus was: the same action, else what stands in its place. */
  again(root: HTMLElement): HTMLElement | undefined;
}

/** Remembers where the focus was, for when an update of the view takes the focused element away. */
function useLastFocus(dialog: RefObject<HTMLElement | null>): RefObject<LastFocus | undefined> {
  const last = useRef<LastFocus | undefined>(undefined);
  // Before anybody can move the focus: an effect after the first drawing could miss it.
  useLayoutEffect(() => {
    const root = dialog.current;
    const remember = (event: FocusEvent): void => {
      const target = event.target as HTMLElement;
      const { action } = target.dataset;
      const place = [...(root?.querySelectorAll('[data-block]') ?? [])].findIndex((block) =>
        block.contains(target),
      );
      last.current = {
        again: (now) => {
          const blocks = [...now.querySelectorAll('[data-block]')].map(tabStops);
          const same = blocks.flat().find((stop) => action !== undefined && stop.dataset.action === action);
          return same ?? blocks.slice(Math.max(place, 0)).flat()[0] ?? blocks.flat().at(-1);
        },
      };
    };
    root?.addEventListener('focusin', remember);
    return () => root?.removeEventListener('focusin', remember);
  }, []);
  return last;
}
