import type { Role } from '#people/access.ts'
import { DEFAULT_POLICY, type Policy } from '#spending/policy.ts'

/** Fernhill, the company that `npm start` serves: forty people, two legal entities, six levels. */
export const COMPANY = 'Fernhill'

export type DemoEntity = 'us' | 'de'
export const ENTITIES = {
  us: { name: 'Fernhill Inc.', country: 'US', currency: 'USD' },
  de: { name: 'Fernhill GmbH', country: 'DE', currency: 'EUR' },
  holding: { name: 'Fernhill Holdings Inc.', country: 'US', currency: 'USD' },
} as const

export type DemoLevel = 'S2' | 'IC3' | 'IC4' | 'IC5' | 'IC6' | 'IC7'

export type DemoPerson = {
  readonly name: string
  readonly role: Role
  readonly level: DemoLevel
  readonly title: string
  readonly entity: DemoEntity
  /** Days before the day the company is made. */
  readonly hiredDaysAgo: number
}

/** Dollars a year in the refill grant, by level. */
export const REFILL_USD: Readonly<Record<DemoLevel, number>> = {
  S2: 600,
  IC3: 3_000,
  IC4: 6_000,
  IC5: 12_000,
  IC6: 24_000,
  IC7: 96_000,
}
/** Dollars over four years, for those who got one with their offer. */
export const SIGNING_USD: Readonly<Partial<Record<DemoLevel, number>>> = {
  IC5: 24_000,
  IC6: 60_000,
  IC7: 200_000,
}

/** The usual policy, and twenty dollars a month for everybody to learn and to give back with. */
export const POLICY: Policy = {
  ...DEFAULT_POLICY,
  sandbox: {
    quantity: 20_000_000_000n,
    period: 'month',
    classes: ['small', 'standard', 'embedding'],
    purposes: ['learning', 'open_source'],
  },
}

const roster = `
Maya Lindqvist     | employee | IC5 | Staff engineer, agents        | us | 900
Tomás Aguilar      | people   | IC5 | Head of people                | us | 1100
Ines Falk          | finance  | IC5 | Controller                    | de | 700
Ravi Menon         | admin    | IC6 | ML platform lead              | us | 820
Noor Haddad        | employee | IC7 | Principal researcher          | us | 62
Jonas Weber        | employee | IC4 | Backend engineer              | de | 640
Aisha Bello        | employee | IC4 | Product engineer              | us | 410
Li Wen             | employee | IC6 | Research engineer             | us | 300
Sofia Marchetti    | employee | IC3 | Frontend engineer             | de | 240
Daniel Okafor      | employee | IC3 | Backend engineer              | us | 520
Hanna Vogel        | employee | IC4 | Data engineer                 | de | 760
Priya Raman        | employee | IC5 | Engineering manager           | us | 1300
Mateo Silva        | employee | IC3 | Mobile engineer               | us | 150
Elif Demir         | employee | IC4 | Security engineer             | de | 480
Oskar Nyberg       | employee | IC3 | Site reliability engineer     | de | 330
Grace Kim          | employee | IC4 | Machine learning engineer     | us | 590
Yusuf Karaca       | employee | S2  | Support engineer              | de | 210
Emily Carter       | employee | S2  | Support engineer              | us | 690
Lukas Brandt       | employee | IC3 | Backend engineer              | de | 95
Chiara Romano      | employee | IC3 | Designer                      | de | 450
Samuel Adeyemi     | employee | IC4 | Product engineer              | us | 270
Anna Petrova       | employee | IC5 | Staff engineer, data          | de | 980
Marcus Hill        | employee | IC3 | Quality engineer              | us | 370
Fatima Zahra       | employee | IC3 | Data analyst                  | us | 180
Jakob Lorenz       | employee | IC4 | Compiler engineer             | de | 560
Olivia Grant       | employee | S2  | Customer success              | us | 430
Kenji Watanabe     | employee | IC6 | Research engineer             | us | 610
Lena Hoffmann      | people   | IC3 | Compensation analyst          | de | 290
Carlos Mendez      | employee | IC3 | Frontend engineer             | us | 720
Amara Diallo       | employee | IC4 | Machine learning engineer     | us | 200
Felix Krüger       | employee | S2  | Office and IT                 | de | 840
Rachel Stern       | finance  | IC3 | Financial analyst             | us | 380
Dmitri Volkov      | employee | IC5 | Staff engineer, infrastructure| de | 870
Zoe Martin         | employee | IC3 | Technical writer              | us | 310
Nils Andersen      | employee | IC4 | Backend engineer              | de | 140
Hye-jin Park       | employee | IC3 | Product manager               | us | 500
Paul Schreiber     | employee | S2  | Support engineer              | de | 120
Isabel Ortega      | employee | IC3 | Backend engineer              | us | 75
Tariq Aziz         | employee | IC4 | Site reliability engineer     | us | 660
Clara Neumann      | employee | IC3 | Working student               | de | 20
`

export const ROSTER: readonly DemoPerson[] = roster
  .trim()
  .split('\n')
  .map((line) => {
    const [name, role, level, title, entity, days] = line.split('|').map((cell) => cell.trim())
    return { name, role, level, title, entity, hiredDaysAgo: Number(days) } as DemoPerson
  })

/** "Hye-jin Park" → "hye-jin.park@fernhill.example" */
export const emailOf = (name: string): string =>
  `${name.normalize('NFD').replaceAll(/[̀-ͯ]/g, '').toLowerCase().replaceAll(' ', '.')}@fernhill.example`
