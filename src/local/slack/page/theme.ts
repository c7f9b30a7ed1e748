/** Light or dark: the system's choice until the person makes one, which is remembered. */
import { useEffect, useState } from 'preact/hooks';

const key = 'theme';

export function useTheme(): { readonly dark: boolean; readonly toggle: () => void } {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const [choice, setChoice] = useState(localStorage.getItem(key));
  const [systemDark, setSystemDark] = useState(system.matches);
  useEffect(() => {
    const follow = (event: MediaQueryListEvent): void => setSystemDark(event.matches);
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }, []);
  useEffect(() => {
    if (choice === null) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
  }, [choice]);
  const dark = choice === null ? systemDark : choice === 'dark';
  const toggle = (): void => {
    const next = dark ? 'light' : 'dark';
    localStorage.setItem(key, next);
    setChoice(next);
  };
  return { dark, toggle };
}
