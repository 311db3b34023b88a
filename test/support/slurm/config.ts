/** A fake node: `gpus` devices of one accelerator. */
export type FakeNode = { readonly name: string; readonly accelerator: string; readonly gpus: number }

export type SlurmSettings = {
  readonly folder: string
  readonly port: number
  readonly nodes: readonly FakeNode[]
  /** AccountingStorageEnforce: `safe` among them admits only what fits by its time limit. */
  readonly enforce: string
  /** Nobody sees other people's jobs. */
  readonly isPrivate: boolean
  /** Jobs are held at submit by job_submit.lua. */
  readonly isHeld: boolean
}

export const portOfDbd = (port: number): number => port + 1
export const portOfNode = (port: number, index: number): number => port + 3 + index

const PRIVATE = 'PrivateData=jobs,usage,users,accounts'

/** Times are as short as Slurm takes them: a test waits for what is late in a cluster by design. */
export function slurmConf({ folder, port, nodes, enforce, isPrivate, isHeld }: SlurmSettings): string {
  const accelerators = [...new Set(nodes.map(({ accelerator }) => accelerator))]
  return `
ClusterName=perq
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=${port}
SlurmdPort=${port + 2}
AuthType=auth/munge
AuthInfo=socket=${folder}/run/munge.socket
CredType=cred/munge
PluginDir=${folder}/lib/slurm-wlm
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool/%n
SlurmctldPidFile=${folder}/run/slurmctld.pid
SlurmdPidFile=${folder}/run/slurmd-%n.pid
SlurmctldLogFile=${folder}/log/slurmctld.log
SlurmdLogFile=${folder}/log/slurmd-%n.log
SlurmctldDebug=info
SlurmdDebug=info
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,bf_max_job_test=1000,batch_sched_delay=0,preempt_youngest_first
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
GresTypes=gpu
PreemptType=preempt/qos
PreemptMode=REQUEUE
KillWait=2
MinJobAge=300
InactiveLimit=0
SlurmctldTimeout=10
SlurmdTimeout=10
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=${portOfDbd(port)}
AccountingStoragePass=${folder}/run/munge.socket
AccountingStorageTRES=gres/gpu,${accelerators.map((one) => `gres/gpu:${one}`).join(',')}
AccountingStorageEnforce=${enforce}
AccountingStoreFlags=job_comment,job_extra
PriorityType=priority/multifactor
PriorityDecayHalfLife=0
PriorityUsageResetPeriod=NONE
PriorityCalcPeriod=1
PriorityWeightQOS=10000
PriorityWeightFairshare=1000
PriorityWeightAge=100
JobCompType=jobcomp/none
${isHeld ? 'JobSubmitPlugins=lua' : ''}
${isPrivate ? PRIVATE : ''}
${nodes.map(({ name, accelerator, gpus }, index) => `NodeName=${name} NodeAddr=127.0.0.1 Port=${portOfNode(port, index)} CPUs=64 RealMemory=2000 Gres=gpu:${accelerator}:${gpus} State=UNKNOWN`).join('\n')}
PartitionName=gpu Nodes=${nodes.map(({ name }) => name).join(',')} Default=YES MaxTime=7-0 DefaultTime=10 State=UP
`
}

/** Slurm does not start with a file of its own that others may read. */
export const slurmdbdConf = ({ folder, port, isPrivate }: SlurmSettings): string => `
AuthType=auth/munge
AuthInfo=socket=${folder}/run/munge.socket
PluginDir=${folder}/lib/slurm-wlm
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=${portOfDbd(port)}
SlurmUser=root
DebugLevel=info
LogFile=${folder}/log/slurmdbd.log
PidFile=${folder}/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageLoc=slurm_acct
StorageUser=slurm
StoragePass=slurm
${isPrivate ? PRIVATE : ''}
`

export const gresConf = ({ folder, nodes }: SlurmSettings): string =>
  nodes
    .map(
      ({ name, accelerator, gpus }) =>
        `NodeName=${name} Name=gpu Type=${accelerator} File=${folder}/dev/${accelerator}-[0-${gpus - 1}]\n`,
    )
    .join('')

/** From 23.11 control groups are looked for unless this says not to; before that it is not understood. */
export const cgroupConf = 'CgroupPlugin=disabled\n'
