-- Each publisher's share of a topic's articles in the last 30 days, in per cent.
SELECT
  topic, publisher, count(*) AS articles,
  round(100 * CAST(count(*) AS double) / CAST(sum(count(*)) OVER (PARTITION BY topic) AS double), 1)
    AS share
FROM news CROSS JOIN UNNEST(topics) AS matched(topic)
WHERE dt >= CAST(CAST(current_date - INTERVAL '30' DAY AS date) AS varchar)
GROUP BY topic, publisher
ORDER BY topic, articles DESC, publisher
