import { Monitor, Moon, Sun } from 'lucide-react'
import { useState } from 'react'

import { chooseTheme, theme } from '../lib/theme.ts'
import type { Theme } from '../lib/theme.ts'
import { Segmented } from '../ui/Segmented.tsx'

export function ThemeSwitch() {
  const [choice, setChoice] = useState<Theme>(theme)
  return (
    <Segmented<Theme>
      label="Theme"
      value={choice}
      options={[
        { value: 'light', text: <Sun size={14} aria-hidden />, name: 'Light' },
        { value: 'dark', text: <Moon size={14} aria-hidden />, name: 'Dark' },
        { value: 'system', text: <Monitor size={14} aria-hidden />, name: 'As the system' },
      ]}
      onChange={(next) => {
        chooseTheme(next)
        setChoice(next)
      }}
    />
  )
}
