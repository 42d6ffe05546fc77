using System.Globalization;
using StackExchange.Redis;

namespace RedPacket.LoadTest.Baselines;

/// <summary>The status in an answer of the baselines' script.</summary>
internal enum NaiveGrantStatus
{
    Won,

    /// <summary>The user had this share already.</summary>
    Again,
    Emptied,
    Expired,
    Unknown,
}

/// <summary>A share, or the reason for none.</summary>
/// <param name="At">Milliseconds since 1970, by Redis's clock.</param>
internal readonly record struct NaiveGrant(NaiveGrantStatus Status, int Ordinal, long Fen, long At)
{
    /// <summary>Reads an answer of <c>grant.lua</c>. Throws for an unknown word.</summary>
    public static NaiveGrant Parse(string answer)
    {
        var parts = answer.Split(' ');
        var status = parts[0] switch
        {
            "won" => NaiveGrantStatus.Won,
            "again" => NaiveGrantStatus.Again,
            "emptied" => NaiveGrantStatus.Emptied,
            "expired" => NaiveGrantStatus.Expired,
            "unknown" => NaiveGrantStatus.Unknown,
            _ => throw new InvalidOperationException($"grant.lua answered '{answer}'."),
        };
        if (status is not (NaiveGrantStatus.Won or NaiveGrantStatus.Again))
            return new NaiveGrant(status, 0, 0, 0);
        var ordinal = int.Parse(parts[1], CultureInfo.InvariantCulture);
        return new NaiveGrant(status, ordinal, Number(parts[2]), Number(parts[3]));

        static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
    }
}

/// <summary>The packets of the baselines in Redis: a list of shares and a hash of the users who took one.</summary>
internal sealed class NaiveStore(IConnectionMultiplexer redis, TimeProvider clock)
{
    private static readonly string s_grant = Script("baselines.grant.lua");
    private static readonly string s_return = Script("baselines.return.lua");
    private readonly IDatabase _redis = redis.GetDatabase();

    /// <summary>Makes a packet, splits it by the double-mean method, and returns its id.</summary>
    public async Task<string> Make(long amountFen, int count, int expiresInSeconds)
    {
        var id = $"0-{Guid.CreateVersion7():N}";
        var expiry = clock.GetUtcNow().AddSeconds(expiresInSeconds).ToUnixTimeMilliseconds();
        var shares = Split(amountFen, count)
            .Select((fen, n) => (RedisValue)string.Create(CultureInfo.InvariantCulture, $"{n + 1} {fen}")).ToArray();
        // The script takes from the right, so push the first ordinal first.
        await Task.WhenAll(_redis.ListLeftPushAsync(Shares(id), shares), _redis.HashSetAsync(Packet(id), "expiry", expiry));
        return id;
    }

    /// <summary>Returns the user's earlier share, or grants the next one.</summary>
    public async Task<NaiveGrant> Grant(string packetId, string userId)
    {
        var answer = await _redis.ScriptEvaluateAsync(s_grant, [Packet(packetId), Shares(packetId), Taken(packetId)], [userId]);
        return NaiveGrant.Parse((string)answer!);
    }

    /// <summary>Returns a share to its packet.</summary>
    public Task Return(string packetId, string userId, NaiveGrant share)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{share.Ordinal} {share.Fen}");
        return _redis.ScriptEvaluateAsync(s_return, [Shares(packetId), Taken(packetId)], [userId, text]);
    }

    /// <summary>Splits an amount into shares of at least one fen.</summary>
    public static IEnumerable<long> Split(long amountFen, int count)
    {
        var left = amountFen;
        for (var others = count - 1; others > 0; others--)
        {
            var most = Math.Max(1, Math.Min((2 * left / (others + 1)) - 1, left - others));
            var share = Random.Shared.NextInt64(1, most + 1);
            left -= share;
            yield return share;
        }
        yield return left;
    }

    private static RedisKey Packet(string id) => $"baseline:{id}";

    private static RedisKey Shares(string id) => $"baseline:{id}:shares";

    private static RedisKey Taken(string id) => $"baseline:{id}:taken";

    private static string Script(string name)
    {
        using var stream = typeof(NaiveStore).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
