export type Theme = 'light' | 'dark' | 'system'

const KEY = 'perq-theme'

export function theme(): Theme {
  try {
    const choice = localStorage.getItem(KEY)
    return choice === 'light' || choice === 'dark' ? choice : 'system'
  } catch {
    return 'system'
  }
}

/** public/theme.js listens for the event and paints; it also does so before the app is there. */
export function chooseTheme(choice: Theme): void {
  try {
    if (choice === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, choice)
  } catch {
    document.documentElement.dataset.theme = choice === 'dark' ? 'dark' : 'light'
    return
  }
  dispatchEvent(new Event('perq-theme'))
}
