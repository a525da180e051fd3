import { App, Chart } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import { MODELS } from '../manifest-models';
import { plainChart } from './plain-chart';
import { chartOfPlus } from './plus-chart';
import { VERSIONS } from './versions';

const newChart = () => new Chart(new App(), 'test');

const plain = newChart();
plainChart(plain);

test('the oldest and the newest cdk8s-plus are among those that are tried', () => {
  expect(VERSIONS).toEqual(expect.arrayContaining(['cdk8s-plus-27', 'cdk8s-plus-28', 'cdk8s-plus-34']));
});

test('Kubernetes takes what a chart without cdk8s-plus gives', () => {
  for (const manifest of plain.toJson()) {
    const Model = MODELS[manifest.kind];
    if (!Model) throw new Error(`no model of ${manifest.kind}`);
    expect(() => new Model(manifest).validate()).not.toThrow();
  }
});

test.each(VERSIONS)('%s gives the manifests that a chart without cdk8s-plus gives', (name) => {
  const chart = newChart();
  chartOfPlus(chart, require(name) as typeof kplus);
  expect(chart.toJson()).toEqual(plain.toJson());
});
