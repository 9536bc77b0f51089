-- Who was first with stories of two publishers or more in the last 30 days, and by how many minutes.
SELECT
  publisher, count(*) AS stories,
  round(avg(date_diff('millisecond', first_at, next_at)) / 60000, 1) AS minutes_ahead
FROM (
  SELECT
    publisher, seen_at AS first_at,
    row_number() OVER (PARTITION BY story_id ORDER BY seen_at, id) AS place,
    lead(seen_at) OVER (PARTITION BY story_id ORDER BY seen_at, id) AS next_at
  FROM (
    SELECT
      publisher, story_id, seen_at, id,
      row_number() OVER (PARTITION BY story_id, publisher ORDER BY seen_at, id) AS report
    FROM news
    WHERE dt >= CAST(CAST(current_date - INTERVAL '30' DAY AS date) AS varchar)
      AND story_id IS NOT NULL
  ) AS reports
  WHERE report = 1
) AS publishers
WHERE place = 1 AND next_at IS NOT NULL
GROUP BY publisher
ORDER BY stories DESC, publisher
