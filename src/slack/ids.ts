/**
 * Every callback_id, action_id and block_id, once. They are permanent: a button pressed a year after its
 * message was posted still carries the id of that day.
 */

export const callbackIds = {
  /** The global shortcut of manifest.json. */
  newPolicyShortcut: 'new_policy',
  policyForm: 'policy_form',
  shareForm: 'share_form',
  checkForm: 'check_form',
  watchForm: 'watch_form',
  /** What becomes of the watches of one domain: how often, and where no longer. */
  watchChangeForm: 'watch_change_form',
  settingsForm: 'settings_form',
} as const;

export const actionIds = {
  /** The form: typed domain (Enter dispatches it) and the button beside it do the same. */
  domain: 'form.domain',
  lookUp: 'form.look_up',
  useTight: 'form.use_tight',
  useVendor: 'form.use_vendor',
  mx: 'form.mx',
  mode: 'form.mode',
  maxAge: 'form.max_age',
  ownSeconds: 'form.own_seconds',
  rua: 'form.rua',
  conversation: 'form.conversation',
  postHere: 'form.post_here',
  accept: 'form.accept',
  /** The buttons of a records message; each carries the whole state in its value. */
  editRecords: 'records.edit',
  shareRecords: 'records.share',
  fileOfRecords: 'records.file',
  checkRecords: 'records.check',
  /** The buttons of a report. */
  checkAgain: 'report.check_again',
  /** Two ids: a press so soon after the other is none of a slipping finger. */
  showAll: 'report.show_all',
  showLess: 'report.show_less',
  shareReport: 'report.share',
  makePolicy: 'report.make_policy',
  /** The share modal. */
  shareTo: 'share.to',
  /** App Home and help: opens the empty form. */
  start: 'home.start',
  /** The same two: asks for the domain to check. */
  startCheck: 'home.check',
  /** The modal that asks. */
  checkDomain: 'check.domain',
  /** The buttons of an alert's card; each carries the incident. */
  acknowledgeAlert: 'alert.acknowledge',
  snoozeAlert: 'alert.snooze',
  checkAlert: 'alert.check_again',
  explainAlert: 'alert.explain',
  /** Of the notice that watches are paused. */
  resumeWatches: 'watch.resume',
  /** Under records and under a report: the form for a watch of their domain. */
  watchRecords: 'records.watch',
  watchReport: 'report.watch',
  /** Under an answer to a command; each carries the domain in its value. */
  watchTryAgain: 'watch.try_again',
  watchElsewhere: 'watch.elsewhere',
  watchEnd: 'watch.end',
  watchChange: 'watch.change',
  /** A link to App Home; the press itself does nothing. */
  openHome: 'watch.open_home',
  /** The form for a watch, and that for a change. */
  watchDomain: 'watch.domain',
  watchConversation: 'watch.conversation',
  watchHours: 'watch.hours',
  watchKept: 'watch.kept',
  /** App Home. */
  homeWatch: 'home.watch',
  homeSettings: 'home.settings',
  homeCheckAgain: 'home.check_again',
  homeEnd: 'home.end',
  homeChange: 'home.change',
  homePage: 'home.page',
  homePageBack: 'home.page_back',
  /** The settings. */
  quietFrom: 'settings.quiet_from',
  quietTo: 'settings.quiet_to',
  timeZone: 'settings.time_zone',
  digestTo: 'settings.digest_to',
  digestWeekday: 'settings.digest_weekday',
  digestTime: 'settings.digest_time',
} as const;

/**
 * The block_ids of the form. Slack keeps what was typed as long as a block's id stays and ignores
 * `initial_value` then; a field that is to be filled gets a fresh id: its prefix and a count.
 */
export const formBlocks = {
  domain: 'domain',
  lookup: 'lookup',
  offers: 'offers',
  /** A prefix: `mx.0`, `mx.1`… */
  mx: 'mx',
  mode: 'mode',
  maxAge: 'max_age',
  ownSeconds: 'own_seconds',
  rua: 'rua',
  /** A prefix: `post_to.0`… */
  conversation: 'post_to',
  postHere: 'post_here',
  cautions: 'cautions',
  /** At the top: says that cautions stand at the end. */
  cautionsPointer: 'cautions_pointer',
  /** A prefix: `accept.<hash of exactly the cautions shown>`. */
  accept: 'accept',
} as const;

/** The block_ids of a records message and of its preview, from which `readRecords` reads the state back. */
export const recordsBlocks = {
  heading: 'records.heading',
  meaning: 'records.meaning',
  policy: 'records.policy',
  txt: 'records.txt',
  tlsRpt: 'records.tls_rpt',
  /** A prefix: `records.asked_by.U024BE7LH`. */
  askedBy: 'records.asked_by',
  actions: 'records.actions',
} as const;

export const reportBlocks = { actions: 'report.actions', hosts: 'report.hosts' } as const;

export const shareBlocks = { to: 'share_to' } as const;

export const checkBlocks = { domain: 'check_domain' } as const;

export const alertBlocks = {
  /** A prefix: `alert.actions.7`, with the version, as Slack keeps what was chosen under an old id. */
  actions: 'alert.actions',
  resume: 'watch.resume',
} as const;

export const watchBlocks = {
  domain: 'watch_domain',
  conversation: 'watch_conversation',
  hours: 'watch_hours',
  kept: 'watch_kept',
  /** Under an answer. */
  actions: 'watch.actions',
} as const;

export const homeBlocks = {
  start: 'home.start',
  /** A prefix: `home.pages.2`. */
  pages: 'home.pages',
  /** A prefix: `home.domain.2.3`, page and place on it. */
  domain: 'home.domain',
} as const;

export const settingsBlocks = {
  quietFrom: 'quiet_from',
  quietTo: 'quiet_to',
  timeZone: 'time_zone',
  digestTo: 'digest_to',
  digestWeekday: 'digest_weekday',
  digestTime: 'digest_time',
} as const;

/** `mx.3`: the id of a block whose content changes under the reader's hands. */
export function numberedBlock(prefix: string, suffix: number | string): string {
  return `${prefix}.${suffix}`;
}

/** What stands behind the prefix and its dot; undefined for another block's id. */
export function blockSuffix(blockId: string, prefix: string): string | undefined {
  return blockId.startsWith(`${prefix}.`) ? blockId.slice(prefix.length + 1) : undefined;
}
