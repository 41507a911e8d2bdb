-- The same for what version 4 adds.

SELECT create_distributed_table('keys', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('app_uses', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('key_attempts', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('mail_codes', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('confirmed', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('changes', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('mails', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('mail_turns', 'lane', colocate_with => 'tokens');
SELECT create_distributed_table('mails_given_up', 'lane', colocate_with => 'tokens');
