/** Events with no context in them, as AWS gives them, and what kind of trigger each is. https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html */
export const PLAIN_EVENTS: readonly [trigger: string, event: object | string | null][] = [
  [
    'datasource',
    {
      Records: [
        {
          eventVersion: '2.1',
          eventSource: 'aws:s3',
          awsRegion: 'us-east-1',
          eventTime: '2026-11-22T15:06:22.699Z',
          eventName: 'ObjectCreated:Put',
          userIdentity: { principalId: 'AWS:AIDAINPONIXQXHT3IKHL2' },
          s3: {
            s3SchemaVersion: '1.0',
            bucket: { name: 'invoices', arn: 'arn:aws:s3:::invoices' },
            object: { key: '2026/1.pdf', size: 1305107, eTag: 'b21b84d653bb07b05b1e6b33684dc11b' },
          },
        },
      ],
    },
  ],
  [
    'datasource',
    {
      Records: [
        {
          eventID: '7de3041dd709b024af6f29e4fa13d34c',
          eventName: 'INSERT',
          eventVersion: '1.1',
          eventSource: 'aws:dynamodb',
          awsRegion: 'us-east-1',
          dynamodb: {
            ApproximateCreationDateTime: 1795359982,
            Keys: { id: { S: '1' } },
            NewImage: { id: { S: '1' }, total: { N: '12' } },
            SequenceNumber: '4421584500000000017450439091',
            SizeBytes: 26,
            StreamViewType: 'NEW_AND_OLD_IMAGES',
          },
          eventSourceARN: 'arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-11-22T00:00:00.000',
        },
      ],
    },
  ],
  [
    'timer',
    {
      version: '0',
      id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '123456789012',
      time: '2026-11-22T15:00:00Z',
      region: 'us-east-1',
      resources: ['arn:aws:events:us-east-1:123456789012:rule/hourly'],
      detail: {},
    },
  ],
  [
    'pubsub',
    {
      Records: [
        {
          messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
          receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
          body: 'hello',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: '1795359982700',
            SequenceNumber: '18849496460467696128',
            MessageGroupId: '1',
            MessageDeduplicationId: '1',
          },
          messageAttributes: {},
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:orders.fifo',
          awsRegion: 'us-east-1',
        },
      ],
    },
  ],
  ['other', { order: 1 }],
  ['other', 'text'],
  ['other', null],
];
