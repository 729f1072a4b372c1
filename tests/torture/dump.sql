-- All that a store holds but what differs between two honest ways to the same result: times, the
-- machine, the process, the number of attempts and the order of making.
SELECT 'run', id, key, name, state, message, seed, steps, step, examples, parameters, checkpoint,
       checkpoint_hash, checkpoint_step, data_digest, engine, plugins, hex(config), hex(canonical)
FROM runs ORDER BY id;
SELECT 'metric', runs.id, series.name, metrics.step, printf('%!.17g', epoch),
       coalesce(printf('%!.17g', value), note)
FROM metrics JOIN runs ON runs.number = metrics.run JOIN series ON series.number = metrics.series
ORDER BY runs.id, series.name, metrics.step;
SELECT 'final', runs.id, finals.name, coalesce(printf('%!.17g', value), note)
FROM finals JOIN runs ON runs.number = finals.run ORDER BY runs.id, finals.name;
SELECT 'prediction', runs.id, split, count, hex(labels), hex(predicted), hex(probabilities)
FROM predictions JOIN runs ON runs.number = predictions.run ORDER BY runs.id, split;
SELECT 'flow', runs.id, gradient_flow.step, layer, direction, hex(norms)
FROM gradient_flow JOIN runs ON runs.number = gradient_flow.run
ORDER BY runs.id, gradient_flow.step, layer, direction;
SELECT 'trial', experiments.name, metric, baseline, variant_order, variant, trials.seed, key,
       hex(trials.overrides), hex(experiments.overrides)
FROM trials JOIN experiments ON experiments.number = trials.experiment
ORDER BY experiments.name, variant_order, trials.seed;
SELECT 'claim', experiments.name, place, hex(text), hex(variant), hex(than), claims.metric,
       printf('%!.17g', least), printf('%!.17g', most)
FROM claims JOIN experiments ON experiments.number = claims.experiment
ORDER BY experiments.name, place;
SELECT 'reported', experiments.name, hex(source_name), place, reported.metric, hex(variant), step,
       printf('%!.17g', value)
FROM reported JOIN experiments ON experiments.number = reported.experiment
ORDER BY experiments.name, place;
SELECT 'choice', name, hex(select_over), select_on FROM experiments ORDER BY name;
