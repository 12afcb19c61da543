<?php

// Takes an order by POST and sends it on with the trace's context in `_datadog`, as Datadog's tracer for PHP has it for requests of HTTP.

require 'AsyncAws/Sqs/autoload.php'; // Debian's package; with Composer it is vendor/autoload.php.

use AsyncAws\Sqs\SqsClient;

$attributes = [];
if (function_exists('DDTrace\generate_distributed_tracing_headers')) {
    $headers = DDTrace\generate_distributed_tracing_headers();
    // Every value as a string: consumers in Go and Java find no context where one is a number.
    $text = json_encode(array_map('strval', $headers));
    $attributes['_datadog'] = ['DataType' => 'String', 'StringValue' => $text];
}

$sqs = new SqsClient(array_filter(['endpoint' => getenv('AWS_ENDPOINT_URL_SQS')]));
$sqs->sendMessage([
    'QueueUrl' => getenv('QUEUE_URL'),
    'MessageBody' => file_get_contents('php://input'),
    'MessageAttributes' => $attributes,
])->resolve();
echo 'sent';
