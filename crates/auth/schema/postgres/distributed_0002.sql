-- The same for what version 2 adds.

SELECT create_distributed_table('accounts', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('logins', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('emails', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('passwords', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('limits', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('steps', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('sessions', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('sign_ins', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('grants', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('redeemed', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('withdrawn', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('access_tokens', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('assertions', 'lane', colocate_with => 'tokens');
