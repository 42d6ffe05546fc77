using System.Net.Sockets;
using Microsoft.Extensions.Options;
using RedPacket.Servers;

namespace RedPacket.Tests.Http;

/// <summary>The listener for operators.</summary>
public sealed class ManagementTests
{
    [Fact]
    public async Task ReadinessIsOnlyThere_LifeOnBothSides_AndTheRestIsNot()
    {
        var (publicUrl, managementUrl) = (Url(), Url());
        await using var app = await EdgeApp.Start(("urls", publicUrl), ("management-urls", managementUrl));
        using var client = new HttpClient();

        Assert.Equal(200, await Status(client, $"{managementUrl}/health/live"));
        Assert.Equal(200, await Status(client, $"{publicUrl}/health/live"));
        Assert.Equal(404, await Status(client, $"{publicUrl}/health/ready"));
        Assert.Equal(404, await Status(client, $"{publicUrl}/metrics"));
        Assert.Equal(200, await Status(client, $"{publicUrl}/open"));
        Assert.Equal(404, await Status(client, $"{managementUrl}/open"));
    }

    [Theory]
    [InlineData("http://127.0.0.1:18999")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://unix:/tmp/management.sock")]
    public async Task AddressThatCannotBeToldApart_PreventsStartup(string management)
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(
            () => EdgeApp.Start(("urls", "http://localhost:18999"), ("management-urls", management)));

        Assert.Contains("management-urls", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllConnectionsTaken_OperatorsStillGetAnswers()
    {
        var (publicUrl, managementUrl) = (Url(), Url());
        await using var app = await EdgeApp.Start(
            ("urls", publicUrl), ("management-urls", managementUrl), ("Http:Connections", "20"));
        var silent = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 40; i++)
            {
                silent.Add(new TcpClient());
                await Connect(silent[^1], new Uri(publicUrl).Port);
            }
            using var client = new HttpClient();

            await Eventually.Holds(async () => await Refused(client, $"{publicUrl}/open"));
            Assert.Equal(200, await Status(client, $"{managementUrl}/health/live"));
        }
        finally
        {
            silent.ForEach(connection => connection.Dispose());
        }
        using var later = new HttpClient();
        await Eventually.Holds(async () => !await Refused(later, $"{publicUrl}/open"));
    }

    // Beyond the limit the server closes a connection immediately, which may show in the connect already.
    private static async Task Connect(TcpClient client, int port)
    {
        try
        {
            await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // One of those beyond the limit.
        }
    }

    private static string Url() => $"http://127.0.0.1:{Ports.Free()}";

    private static async Task<int> Status(HttpClient client, string address)
    {
        using var answer = await client.GetAsync(new Uri(address), TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    private static async Task<bool> Refused(HttpClient client, string address)
    {
        try
        {
            await Status(client, address);
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}
