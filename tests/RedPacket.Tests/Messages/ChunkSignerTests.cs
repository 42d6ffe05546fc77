using RedPacket.Messages;

namespace RedPacket.Tests.Messages;

/// <summary>A message says exactly what the relay signed.</summary>
public sealed class ChunkSignerTests
{
    private static readonly byte[] s_old = [.. Enumerable.Range(1, 32).Select(number => (byte)number)];
    private static readonly byte[] s_new = [.. Enumerable.Range(2, 32).Select(number => (byte)number)];
    private static readonly ChunkSigner s_signer = new([s_new]);

    private static readonly TransfersAccepted s_message = new()
    {
        Shard = 3,
        Run = "run",
        Seqs = [2, 4],
        Entries = ["g p 1 a 5 7", "g p 2 b 5 7"],
        PublishedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void SignedMessage_Verifies_AlsoWithAKeyThatSignsNoLonger()
    {
        var signed = new ChunkSigner([s_old]).Sign(s_message);

        Assert.True(new ChunkSigner([s_new, s_old]).Verifies(signed));
        Assert.True(new ChunkSigner([s_old, s_new]).Verifies(signed with { PublishedAt = DateTimeOffset.MaxValue, Traceparent = "t" }));
        Assert.False(s_signer.Verifies(signed));
    }

    [Fact]
    public void AnotherContent_DoesNotVerify()
    {
        var signed = s_signer.Sign(s_message);
        TransfersAccepted[] others =
        [
            signed with { Shard = 4 }, signed with { Run = "other" }, signed with { Run = null }, signed with { Seqs = [2, 6] },
            signed with { Entries = ["g p 1 a 5 7", "g p 2 m 5 7"] }, signed with { Entries = ["g p 2 b 5 7", "g p 1 a 5 7"] },
            // The same characters, cut otherwise.
            signed with { Entries = ["g p 1 a 5 7g", " p 2 b 5 7"] },
            signed with { Seqs = [2], Entries = ["g p 1 a 5 7"] },
        ];

        Assert.True(s_signer.Verifies(signed));
        Assert.All(others, other => Assert.False(s_signer.Verifies(other)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no base64")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void NoSignature_DoesNotVerify(string? signature) =>
        Assert.False(s_signer.Verifies(s_message with { Signature = signature }));

    [Fact]
    public void WithoutKeys_NothingIsSigned_AndEverythingVerifies()
    {
        var unsigned = new ChunkSigner([]).Sign(s_message);

        Assert.Null(unsigned.Signature);
        Assert.True(new ChunkSigner([]).Verifies(unsigned));
    }
}
