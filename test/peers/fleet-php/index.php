<?php

// The fleet's order service in PHP, which writes a context by hand: see test/fleet/order-service.ts. `WRITES` says how, and
// `CLIENT` with what it sends: AsyncAws (the Query protocol), or the requests of aws-sdk-php (the JSON protocol, SQS alone).

require 'AsyncAws/Sqs/autoload.php';
require 'AsyncAws/Sns/autoload.php';

use AsyncAws\Sns\SnsClient;
use AsyncAws\Sqs\SqsClient;

function attributes(): array
{
    if (getenv('WRITES') === 'w3c') {
        $fields = [
            'traceparent' => FleetTracer\Span::current()->traceparent(),
            'tracestate' => $_SERVER['HTTP_TRACESTATE'] ?? '',
            'baggage' => $_SERVER['HTTP_BAGGAGE'] ?? '',
        ];
        return array_map(text(...), array_filter($fields));
    }
    $headers = DDTrace\generate_distributed_tracing_headers();
    return ['_datadog' => text(match (getenv('WRITES')) {
        'integer' => json_encode(['x-datadog-sampling-priority' => DDTrace\get_priority_sampling()] + $headers),
        'pretty' => json_encode($headers, JSON_PRETTY_PRINT),
        'strings' => json_encode($headers),
    })];
}

function text(string $value): array
{
    return ['DataType' => 'String', 'StringValue' => $value];
}

/** A call of SQS by the JSON protocol, with the bytes that aws-sdk-php's serializer makes. Nobody here looks at its signature. */
function call(string $operation, array $input): void
{
    $call = curl_init(getenv('AWS_ENDPOINT_URL_SQS') . '/');
    curl_setopt_array($call, [
        CURLOPT_POSTFIELDS => json_encode($input),
        CURLOPT_HTTPHEADER => ['content-type: application/x-amz-json-1.0', "x-amz-target: AmazonSQS.$operation"],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_FAILONERROR => true,
    ]);
    if (curl_exec($call) === false) {
        throw new RuntimeException(curl_error($call));
    }
}

$sends = getenv('CLIENT') === 'aws-sdk-php'
    ? call(...)
    : fn (string $operation, array $input) => (new SqsClient(['endpoint' => getenv('AWS_ENDPOINT_URL_SQS')]))->$operation($input)->resolve();

$body = file_get_contents('php://input');
$message = ['MessageBody' => $body, 'MessageAttributes' => attributes()];
match ($_SERVER['REQUEST_URI']) {
    '/single' => $sends('SendMessage', ['QueueUrl' => getenv('QUEUE_URL')] + $message),
    '/fifo' => $sends('SendMessage', [
        'QueueUrl' => getenv('FIFO_QUEUE_URL'),
        'MessageGroupId' => 'orders',
        'MessageDeduplicationId' => $body,
    ] + $message),
    '/batch' => $sends('SendMessageBatch', [
        'QueueUrl' => getenv('QUEUE_URL'),
        'Entries' => array_map(
            fn (object $order, int $at) => ['Id' => (string) $at, 'MessageBody' => json_encode($order)] + $message,
            $orders = json_decode($body),
            array_keys($orders),
        ),
    ]),
    '/topic' => (new SnsClient(['endpoint' => getenv('AWS_ENDPOINT_URL_SNS')]))->publish([
        'TopicArn' => getenv('TOPIC_ARN'),
        'Message' => $body,
        'MessageAttributes' => attributes(),
    ])->resolve(),
};
echo 'sent';
