-- How many articles matched each topic on each of the last 30 days.
SELECT dt AS day, topic, count(*) AS articles, count(DISTINCT publisher) AS publishers
FROM news CROSS JOIN UNNEST(topics) AS matched(topic)
WHERE dt >= CAST(CAST(current_date - INTERVAL '30' DAY AS date) AS varchar)
GROUP BY dt, topic
ORDER BY day DESC, articles DESC, topic
