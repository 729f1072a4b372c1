-- Everything that a run measured, exactly and without times: id, series, step, epoch, value.
SELECT runs.id || '|' || series.name || '|' || metrics.step || '|'
       || printf('%!.17g', metrics.epoch) || '|'
       || coalesce(printf('%!.17g', metrics.value), metrics.note)
FROM metrics JOIN runs ON runs.number = metrics.run JOIN series ON series.number = metrics.series
UNION ALL
SELECT runs.id || '|final|' || finals.name || '|'
       || coalesce(printf('%!.17g', finals.value), finals.note)
FROM finals JOIN runs ON runs.number = finals.run
UNION ALL
SELECT runs.id || '|' || runs.state || '|' || runs.checkpoint || '|' || runs.checkpoint_hash
FROM runs
ORDER BY 1;
