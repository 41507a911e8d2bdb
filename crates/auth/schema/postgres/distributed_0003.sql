-- The same for what version 3 adds.

SELECT create_distributed_table('closed', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('told', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('visits', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('card_requests', 'lane', colocate_with => 'tokens');
