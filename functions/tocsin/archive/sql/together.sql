-- Which topics stood in the same articles in the last 30 days, and how often.
SELECT one.topic AS topic, other.topic AS with_topic, count(*) AS articles
FROM news
CROSS JOIN UNNEST(topics) AS one(topic)
CROSS JOIN UNNEST(topics) AS other(topic)
WHERE dt >= CAST(CAST(current_date - INTERVAL '30' DAY AS date) AS varchar)
  AND one.topic < other.topic
GROUP BY one.topic, other.topic
ORDER BY articles DESC, topic, with_topic
