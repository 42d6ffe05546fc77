using System.CommandLine;
using RedPacket.Http.Identity;

namespace RedPacket.Tests.Http;

/// <summary><c>RedPacket token</c>, as it is called from a shell.</summary>
[Needs("servers")]
public sealed class TokenCommandTests
{
    private static (int Exit, string Output, string Error) Call(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var streams = new InvocationConfiguration { Output = output, Error = error };
        var exit = new RootCommand { TokenCommand.Create() }.Parse(["token", .. arguments]).Invoke(streams);
        return (exit, output.ToString().Trim(), error.ToString().Trim());
    }

    [Fact]
    public async Task MintedToken_IsAcceptedByTheService()
    {
        await using var app = await EdgeApp.Start();
        app.Time.SetUtcNow(TimeProvider.System.GetUtcNow());
        var (exit, token, _) = Call(
            "--user", "olga", "--role", "operator", "--minutes", "5",
            "--environment", "Development", "--key", EdgeApp.Key);
        Assert.Equal(0, exit);
        Assert.Equal("olga", (await app.Send(HttpMethod.Get, "/me", token)).Body);
        Assert.Equal(200, (await app.Send(HttpMethod.Get, "/operator", token)).Status);
        app.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(401, (await app.Send(HttpMethod.Get, "/me", token)).Status);
    }

    [Theory]
    [InlineData("Production", "alice", EdgeApp.Key, "60", "Production")]
    [InlineData("production", "alice", EdgeApp.Key, "60", "Production")]
    [InlineData("Development", "has space", EdgeApp.Key, "60", "--user")]
    [InlineData("Development", "alice", "short", "60", "32 bytes")]
    [InlineData("Development", "alice", EdgeApp.Key, "0", "--minutes")]
    public void InvalidTokenRequest_IsRefusedInOneLine(string environment, string user, string key, string minutes,
        string says)
    {
        var (exit, output, error) = Call("--user", user, "--minutes", minutes, "--environment", environment, "--key", key);
        Assert.Equal((1, ""), (exit, output));
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }
}
