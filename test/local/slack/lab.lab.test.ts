/** What stands around the workspace, broken and mended from its page: with the real internet, and a machine that notes what it is told. */
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createInternet } from '../../../src/local/internet/internet.ts';
import type { LabMachine } from '../../../src/local/slack/lab.ts';
import { createWorkspace } from '../../../src/local/slack/workspace.ts';
import { manifestWith } from './app.ts';

const internet = await createInternet();
afterAll(() => internet.stop());

async function start(machine?: LabMachine) {
  const workspace = await createWorkspace({
    manifest: manifestWith(),
    scenarios: () => internet.scenarios,
    internet: { switches: () => internet.switches, switchFault: internet.switchFault },
    ...(machine === undefined ? {} : { machine }),
  });
  onTestFinished(() => workspace.stop());
  return workspace;
}

describe('a domain', () => {
  const id = 'watched.test/record-gone';

  test('is broken and mended, and its records are those of the moment', async () => {
    const { act, as } = await start();
    const state = as('ana').state;
    const shown = () => ({
      on: state().switches.find((each) => each.id === id)?.on,
      record: state()
        .scenarios.find(({ domain }) => domain === 'watched.test')
        ?.records.some((line) => line.startsWith('_mta-sts.')),
    });
    expect(shown()).toEqual({ on: false, record: true });
    expect(await act({ kind: 'switch', id, on: true })).toEqual({ ok: true });
    expect(shown()).toEqual({ on: true, record: false });
    await act({ kind: 'switch', id, on: false });
    expect(shown()).toEqual({ on: false, record: true });
  });

  test('is mended when the workspace starts over', async () => {
    const { act } = await start();
    await act({ kind: 'switch', id, on: true });
    await act({ kind: 'reset' });
    expect(internet.switches.filter(({ on }) => on)).toEqual([]);
  });

  test('that cannot be broken', async () => {
    const { act } = await start();
    expect(await act({ kind: 'switch', id: 'healthy.test/record-gone', on: true })).toEqual({
      ok: false,
      note: 'There is no such fault.',
    });
  });
});

describe('the machine', () => {
  test('is told what a person does, and once', async () => {
    const told: string[] = [];
    const { act, as } = await start({
      kill: () => told.push('kill'),
      pauseStore: async (on) => {
        told.push(on ? 'pause' : 'go on');
        return true;
      },
    });
    expect(as('ana').state().machine).toEqual({ storePaused: false });
    expect(await act({ kind: 'kill-bot' })).toMatchObject({ ok: true });
    for (const on of [true, true]) await act({ kind: 'pause-store', on });
    expect(as('ana').state().machine).toEqual({ storePaused: true });
    await act({ kind: 'reset' });
    expect(as('ana').state().machine).toEqual({ storePaused: false });
    expect(told).toEqual(['kill', 'pause', 'go on']);
  });

  test('without a store that runs', async () => {
    const { act, as } = await start({ kill() {}, pauseStore: async () => false });
    expect(await act({ kind: 'pause-store', on: true })).toMatchObject({ ok: false });
    expect(as('ana').state().machine).toEqual({ storePaused: false });
  });

  test('with a store of others', async () => {
    const { act, as } = await start({ kill() {} });
    expect(as('ana').state().machine).toEqual({ storePaused: null });
    expect(await act({ kind: 'pause-store', on: true })).toMatchObject({ ok: false });
  });

  test('that is not given', async () => {
    const { act, as } = await start();
    expect(as('ana').state().machine).toBeNull();
    expect(await act({ kind: 'kill-bot' })).toMatchObject({ ok: false });
  });
});
