-- Where alerts are sent to outside Perq.
create schema webhooks;
