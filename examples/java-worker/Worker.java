import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;

/** Ships each order of a queue by a call of the next service. There is no tracing in it: the agent does all of it. */
public class Worker {
  public static void main(String[] args) throws Exception {
    String queueUrl = System.getenv("QUEUE_URL");
    URI shipping = URI.create(System.getenv("SHIPPING_URL"));
    HttpClient http = HttpClient.newHttpClient();
    try (SqsClient sqs = SqsClient.create()) {
      while (true) {
        // One at a time: Datadog's agent puts all messages of a call into the trace of the first.
        var received = sqs.receiveMessage(asked -> asked.queueUrl(queueUrl).maxNumberOfMessages(1).waitTimeSeconds(20));
        for (Message message : received.messages()) {
          HttpRequest request = HttpRequest.newBuilder(shipping).POST(BodyPublishers.ofString(message.body())).build();
          http.send(request, BodyHandlers.discarding());
          sqs.deleteMessage(deletion -> deletion.queueUrl(queueUrl).receiptHandle(message.receiptHandle()));
        }
      }
    }
  }
}
