using System.Text;
using RedPacket.LoadTest.Target;

namespace RedPacket.Tests.LoadTool;

/// <summary>How the tool reads the service's pages while the service refuses calls.</summary>
public sealed class ApiTests
{
    private const string Page = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"grabs\": []}";

    [Fact]
    public async Task ServiceBusy_IsAskedAgainAfterRetryAfter()
    {
        var asked = 0;
        using var server = new NonsenseServer(_ => Encoding.ASCII.GetBytes(++asked < 3 ? Refusal("503 Service Unavailable", 1) : Page));

        using var page = await ReadPage(server);

        Assert.Equal((3, 0), (asked, page.RootElement.GetProperty("grabs").GetArrayLength()));
    }

    [Theory]
    [InlineData("503 Service Unavailable", 60)]
    [InlineData("404 Not Found", 1)]
    public async Task RefusalWithoutASoonRetry_EndsTheComparison(string status, int retryAfter)
    {
        var asked = 0;
        using var server = new NonsenseServer(_ =>
        {
            asked++;
            return Encoding.ASCII.GetBytes(Refusal(status, retryAfter));
        });

        var refusal = await Assert.ThrowsAsync<TargetException>(() => ReadPage(server));

        Assert.Contains(status[..3], refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, asked);
    }

    private static string Refusal(string status, int retryAfter) =>
        $"HTTP/1.1 {status}\r\nRetry-After: {retryAfter}\r\nContent-Length: 0\r\n\r\n";

    private static async Task<System.Text.Json.JsonDocument> ReadPage(NonsenseServer server)
    {
        var address = new Uri($"http://{server.Address}");
        using var api = new TargetApi(address, address, null);
        return await api.Packet("0-0", 0, [], TestContext.Current.CancellationToken);
    }
}
