-- The same for what version 8 adds.

SELECT create_distributed_table('clerks', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('desk_sessions', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('day_lists', 'lane', colocate_with => 'tokens');
