import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'

import { parseSearch } from '../lib/address.ts'
import { queryOf } from '../lib/links.ts'
import { AlertsPage } from '../pages/alerts/AlertsPage.tsx'
import { ClusterPage } from '../pages/cluster/ClusterPage.tsx'
import { DocumentsPage } from '../pages/documents/DocumentsPage.tsx'
import { EntriesPage } from '../pages/entries/EntriesPage.tsx'
import { GrantPage } from '../pages/grants/GrantPage.tsx'
import { BulkPage } from '../pages/grants/BulkPage.tsx'
import { GrantsPage } from '../pages/grants/GrantsPage.tsx'
import { JobsPage } from '../pages/jobs/JobsPage.tsx'
import { LeaversPage } from '../pages/leavers/LeaversPage.tsx'
import { LeavingPage } from '../pages/leavers/LeavingPage.tsx'
import { ChangeGrantPage, NewGrantPage } from '../pages/grants/WriteGrantPage.tsx'
import { KeysPage } from '../pages/keys/KeysPage.tsx'
import { ModelsPage } from '../pages/models/ModelsPage.tsx'
import { BandsPage } from '../pages/offers/BandsPage.tsx'
import { OfferPage } from '../pages/offers/OfferPage.tsx'
import { OffersPage } from '../pages/offers/OffersPage.tsx'
import { ChangeOfferPage, NewOfferPage } from '../pages/offers/WriteOfferPage.tsx'
import { PeoplePage } from '../pages/people/PeoplePage.tsx'
import { PersonPage } from '../pages/people/PersonPage.tsx'
import { NewPostPage, PostPage } from '../pages/posts/PostPage.tsx'
import { PostsPage } from '../pages/posts/PostsPage.tsx'
import { PersonSlaPage, SlaPage } from '../pages/sla/SlaPage.tsx'
import { TemplatePage, TemplatesPage } from '../pages/templates/TemplatesPage.tsx'
import { UsagePage } from '../pages/usage/UsagePage.tsx'
import { ValuePage } from '../pages/value/ValuePage.tsx'
import { VestingPage } from '../pages/vesting/VestingPage.tsx'
import { WalletPage } from '../pages/wallet/WalletPage.tsx'
import { WorthPage } from '../pages/worth/WorthPage.tsx'
import { Broken } from '../shell/Broken.tsx'
import { NotFound } from '../shell/NotFound.tsx'
import { Shell } from '../shell/Shell.tsx'
import { ProvidersPage } from '../pages/providers/ProvidersPage.tsx'
import { SignedOut } from '../shell/SignedOut.tsx'

/** Every page and its address. The server gives index.html for each of them. */
export function createPages() {
  const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: Broken })
  const signedOut = createRoute({ getParentRoute: () => root, path: '/signed-out', component: SignedOut })
  // A candidate has no session and sees one page: it is read when it is asked for, and by nobody else.
  const candidate = createRoute({
    getParentRoute: () => root,
    path: '/offer/$token',
    component: lazyRouteComponent(() => import('../pages/offer/CandidatePage.tsx'), 'CandidatePage'),
    errorComponent: Broken,
  })
  // Anybody's: nothing of it needs a session.
  const compare = createRoute({
    getParentRoute: () => root,
    path: '/compare',
    component: lazyRouteComponent(() => import('../pages/compare/ComparePage.tsx'), 'ComparePage'),
    errorComponent: Broken,
  })
  const shell = createRoute({
    getParentRoute: () => root,
    id: 'shell',
    component: Shell,
    errorComponent: Broken,
  })
  const page = (path: string, component: () => React.ReactNode) =>
    createRoute({ getParentRoute: () => shell, path, component, errorComponent: Broken })
  const person = createRoute({ getParentRoute: () => shell, path: '/people/$id', component: PersonPage })
  const personal = (path: string, component: () => React.ReactNode) =>
    createRoute({ getParentRoute: () => person, path, component, errorComponent: Broken })

  return createRouter({
    routeTree: root.addChildren([
      signedOut,
      candidate,
      compare,
      shell.addChildren([
        page('/', WalletPage),
        page('/usage', UsagePage),
        page('/vesting', VestingPage),
        page('/jobs', JobsPage),
        page('/sla', SlaPage),
        page('/cluster', ClusterPage),
        page('/worth', WorthPage),
        page('/documents', DocumentsPage),
        page('/keys', KeysPage),
        page('/entries', EntriesPage),
        page('/alerts', AlertsPage),
        page('/people', PeoplePage),
        page('/grants', GrantsPage),
        page('/grants/new', NewGrantPage),
        page('/grants/bulk', BulkPage),
        page('/grants/$id', GrantPage),
        page('/grants/$id/change', ChangeGrantPage),
        page('/offers', OffersPage),
        page('/offers/new', NewOfferPage),
        page('/offers/bands', BandsPage),
        page('/offers/$id', OfferPage),
        page('/offers/$id/change', ChangeOfferPage),
        page('/posts', PostsPage),
        page('/posts/new', NewPostPage),
        page('/posts/$id', PostPage),
        page('/templates', TemplatesPage),
        page('/templates/$id', TemplatePage),
        page('/leavers', LeaversPage),
        page('/leavers/new', LeavingPage),
        page('/value', ValuePage),
        page('/models', ModelsPage),
        page('/providers', ProvidersPage),
        person.addChildren([
          personal('/', WalletPage),
          personal('/usage', UsagePage),
          personal('/vesting', VestingPage),
          personal('/worth', WorthPage),
          personal('/jobs', JobsPage),
          personal('/sla', PersonSlaPage),
          personal('/entries', EntriesPage),
          personal('/alerts', AlertsPage),
        ]),
      ]),
    ]),
    // Plain text both ways: an address is read by people and by scripts, not only by this router.
    parseSearch,
    stringifySearch: (search: Record<string, string | undefined>) => queryOf(search),
    scrollRestoration: true,
    defaultStructuralSharing: true,
  })
}
