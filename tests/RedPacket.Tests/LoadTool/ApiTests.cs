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

    [Fact]
    public async Task ServiceThatStarts_IsWaitedForWithItsReason()
    {
        var asked = 0;
        using var server = new NonsenseServer(_ => Encoding.ASCII.GetBytes(++asked < 3 ? Refusal("503 Starting", 1) : Page));
        var address = new Uri($"http://{server.Address}");
        using var api = new TargetApi(address, address, null);
        var said = new List<string>();

        await api.Ready(address, null, said.Add, TestContext.Current.CancellationToken);

        Assert.Equal(2, said.Count);
        Assert.All(said, text => Assert.Contains("answered 503", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    public async Task AnotherServer_IsNamedInsteadOfMeasured(string answer)
    {
        using var server = new NonsenseServer(_ => Encoding.ASCII.GetBytes(answer));
        var address = new Uri($"http://{server.Address}");
        using var api = new TargetApi(address, address, []);
        var stop = TestContext.Current.CancellationToken;

        var info = await Assert.ThrowsAsync<TargetException>(() => api.Info(stop));
        var report = await Assert.ThrowsAsync<TargetException>(() => api.Report(stop));

        Assert.All([info, report], refusal => Assert.Contains(address.AbsoluteUri, refusal.Message, StringComparison.Ordinal));
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
