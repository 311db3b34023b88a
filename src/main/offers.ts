import { sha256Hex, toJson } from '#base/json.ts'
import {
  openOfferCommands,
  type Documented,
  type OfferCommands,
  type OfferParts,
} from '#commands/offers/offers.ts'
import { bundleDocument, grantDocument } from '#format/write.ts'
import { checkedOffer } from '#reports/offers/checked.ts'
import { openOfferWorth } from '#reports/offers/worth.ts'
import type { PriceRooms } from '#reports/value/prices.ts'

type Rooms = Omit<OfferParts, 'valued' | 'documented' | 'checked'> & PriceRooms

/** The commands of offers with what siblings of theirs know: prices, what the company can carry, and the grants' format. */
export const openOffering = ({ hardware, exchange, ...parts }: Rooms): OfferCommands =>
  openOfferCommands({
    ...parts,
    valued: openOfferWorth({ db: parts.db, hardware, exchange }),
    checked: checkedOffer,
    documented,
  })

/** One bundle of the grants as they will stand, readable as it is: this text is what its hash is of. */
export const documented: Documented = ({ lines, email, startsOn }) => {
  const grants = lines.map(({ grant, name, quantity, terms }) =>
    grantDocument({ ...terms, id: grant, name, quantity, startDate: startsOn, grantDate: startsOn }, email),
  )
  const text = `${toJson(bundleDocument(grants), 2)}\n`
  return { text, sha256: sha256Hex(text) }
}
