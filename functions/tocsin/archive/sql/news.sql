-- Every article, up to this minute: of days that have a file what is in it, of others the batches.
SELECT
  id, url, title, text, publisher, feed_id, country, language,
  seen_at, published_at, updated_at, revised_at, version,
  topics, story_id, authors, section, agency, attribution, paywalled, image, text_from, page_outcome,
  dt
FROM articles
UNION ALL
SELECT
  id, url, title, text, publisher, feed_id, country, language,
  CAST(from_iso8601_timestamp(seen_at) AS timestamp),
  CAST(from_iso8601_timestamp(published_at) AS timestamp),
  CAST(from_iso8601_timestamp(updated_at) AS timestamp),
  CAST(from_iso8601_timestamp(revised_at) AS timestamp),
  version,
  topics, story_id, authors, section, agency, attribution, paywalled, image, text_from, page_outcome,
  dt
FROM (
  SELECT arrivals.*, row_number() OVER (PARTITION BY dt, id ORDER BY version DESC) AS place
  FROM arrivals
  WHERE dt NOT IN (
    SELECT dt FROM articles
    WHERE dt >= CAST(CAST(current_date - INTERVAL '3' DAY AS date) AS varchar)
  )
) AS newest
WHERE place = 1
