using RedPacket.Tests.Http;

namespace RedPacket.Tests.Operations;

/// <summary>Event streams that another process serves.</summary>
public sealed class ForwardedStreamTests
{
    private const string Wallets = "/api/v1/wallets";
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_ComeWhileTheStreamIsOpen()
    {
        await using var peer = await PeerStub.Start();
        await using var process = await Forwarding(peer.Address);

        using var stream = await process.Open($"{Wallets}/events");

        Assert.Equal("data: first", await stream.ReadLineAsync(Cancellation));
        peer.StreamEnd.SetResult();
        Assert.Equal("", await stream.ReadLineAsync(Cancellation));
        Assert.Null(await stream.ReadLineAsync(Cancellation));
    }

    [Fact]
    public async Task StopOfTheProcess_EndsTheStream()
    {
        await using var peer = await PeerStub.Start();
        await using var process = await Forwarding(peer.Address);
        using var stream = await process.Open($"{Wallets}/events");
        Assert.Equal("data: first", await stream.ReadLineAsync(Cancellation));

        process.BeginStop();

        // The peer goes on, and would send more.
        await Assert.ThrowsAnyAsync<IOException>(() => stream.ReadToEndAsync(Cancellation).WaitAsync(s_limit, Cancellation));
        Assert.False(peer.StreamEnd.Task.IsCompleted);
    }

    [Fact]
    public async Task Head_IsForwardedAsHead()
    {
        await using var peer = await PeerStub.Start();
        await using var process = await Forwarding(peer.Address);
        using var request = new HttpRequestMessage(HttpMethod.Head, $"{Wallets}/eve");

        using var response = await process.Client.SendAsync(request, Cancellation);

        Assert.Equal((200, ""), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation)));
        Assert.Equal("HEAD", peer.LastMethod);
    }

    // A peer that is silent would end a stream as well.
    private static Task<SplitProcess> Forwarding(string address) =>
        SplitProcess.Start("relay,settle", $"--Forward:Reconcile={address}", "--Forward:Timeout=00:10:00");
}
