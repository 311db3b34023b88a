import type { NodeEvent, NodeState } from '../port.ts'
import { gpusOf, gpusOfNode, readTime } from './words.ts'

/** Wide enough that nothing is cut: a cut list of GPUs would be a smaller one. */
export const NODE_FORMAT = 'NodeHost:256|,StateComplete:128|,Gres:1024|,GresUsed:2048|' as const
export const EVENT_FORMAT = 'format=NodeName,State,TimeStart,TimeEnd,TRES,Reason' as const

const SERVING = new Set([
  'idle',
  'mixed',
  'allocated',
  'completing',
  'planned',
  'reserved',
  'blocked',
  'cloud',
])

/** What `sinfo --Format` says; a node of several partitions is there once for each. */
export function readNodeStates(text: string): NodeState[] {
  const nodes = new Map<string, NodeState>()
  for (const line of text.split('\n')) {
    const [node = '', state = '', gres = '', used = ''] = line.split('|').map((part) => part.trim())
    if (node === '') continue
    nodes.set(node, {
      node,
      state,
      // `idle+drain`, and `idle*` of one that does not answer.
      up: state.split('+').every((part) => SERVING.has(part)),
      gpus: gpusOfNode(gres),
      used: gpusOfNode(used),
    })
  }
  return [...nodes.values()]
}

/** What `sacctmgr show event` says of nodes. A reason may contain the separator; it comes last. */
export const readEvents = (text: string): NodeEvent[] =>
  text.split('\n').flatMap((line) => {
    const [node = '', state = '', start = '', end = '', tres = '', ...reason] = line.split('|')
    const from = readTime(start)
    if (node === '' || from === null) return []
    return [
      {
        node,
        state,
        from,
        to: readTime(end),
        planned: /MAINT|PLANNED/.test(state),
        reason: reason.join('|'),
        gpus: gpusOf(tres),
      },
    ]
  })
