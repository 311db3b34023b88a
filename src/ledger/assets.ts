/** What wallets count. The names stand on the ground floor, because the exchange table speaks of them too. */
export {
  assetOf,
  denominationOf,
  isAsset,
  parseAsset,
  unitName,
  type Asset,
  type AssetUnit,
} from '#base/asset.ts'
