import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** The fleet's order service in Java: see test/fleet/order-service.ts. There is no tracing in it: the agent does all of it. */
public class Orders {
  private static final Pattern ORDER = Pattern.compile("\\{[^{}]*}");

  private final SqsClient queues = SqsClient.create();
  private final SnsClient topics = SnsClient.create();
  private final EventBridgeClient events = EventBridgeClient.create();

  public static void main(String[] args) {
    Orders orders = new Orders();
    int port = Integer.parseInt(System.getenv("PORT"));
    Undertow.builder().addHttpListener(port, "127.0.0.1").setHandler(new BlockingHandler(orders::take)).build().start();
  }

  private void take(HttpServerExchange exchange) throws IOException {
    send(exchange.getRequestPath(), new String(exchange.getInputStream().readAllBytes()));
  }

  private void send(String way, String order) {
    switch (way) {
      case "/single" -> queues.sendMessage(message -> message.queueUrl(variable("QUEUE_URL")).messageBody(order));
      case "/batch" ->
          queues.sendMessageBatch(batch -> batch.queueUrl(variable("QUEUE_URL")).entries(entries(order)));
      case "/fifo" ->
          queues.sendMessage(
              message ->
                  message
                      .queueUrl(variable("FIFO_QUEUE_URL"))
                      .messageBody(order)
                      .messageGroupId("orders")
                      .messageDeduplicationId(order));
      case "/topic" -> topics.publish(message -> message.topicArn(variable("TOPIC_ARN")).message(order));
      case "/event" ->
          events.putEvents(
              request ->
                  request.entries(
                      entry ->
                          entry
                              .eventBusName(variable("EVENT_BUS"))
                              .source("shop")
                              .detailType("order")
                              .detail(order)));
      default -> throw new IllegalArgumentException("no way " + way);
    }
  }

  private static List<SendMessageBatchRequestEntry> entries(String orders) {
    List<SendMessageBatchRequestEntry> entries = new ArrayList<>();
    for (String order : ORDER.matcher(orders).results().map(MatchResult::group).toList()) {
      String id = Integer.toString(entries.size());
      entries.add(SendMessageBatchRequestEntry.builder().id(id).messageBody(order).build());
    }
    return entries;
  }

  private static String variable(String name) {
    return System.getenv(name);
  }
}
