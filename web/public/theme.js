// Loaded blocking, so that the theme stands before the first paint. The switch in the app writes the same key.
;(function () {
  var root = document.documentElement
  var system = matchMedia('(prefers-color-scheme: dark)')
  function apply() {
    var choice = null
    try {
      choice = localStorage.getItem('perq-theme')
    } catch {
      // Storage may be closed to us; the system's choice still holds.
    }
    var dark = choice === 'dark' || (choice !== 'light' && system.matches)
    root.dataset.theme = dark ? 'dark' : 'light'
  }
  apply()
  system.addEventListener('change', apply)
  addEventListener('storage', apply)
  addEventListener('perq-theme', apply)
})()
