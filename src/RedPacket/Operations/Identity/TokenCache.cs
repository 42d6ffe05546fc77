using System.Collections.Concurrent;
using Microsoft.IdentityModel.Tokens;

namespace RedPacket.Operations.Identity;

/// <summary>
/// Tokens that were found valid, so that the signature of a token is checked once in a while and not for every grab. Bounded; never holds one past its
/// <c>exp</c>, and asks again after <see cref="LookAgainAfter"/>, so that a key taken out of use counts no longer than that.
/// </summary>
/// <remarks>Two generations: the young one fills up, becomes the old one, and what is asked for again moves over. Only valid tokens get in, so nobody can flush it with rubbish.</remarks>
internal sealed class TokenCache(TimeProvider time, int capacity = TokenCache.DefaultCapacity)
{
    public const int DefaultCapacity = 20_000;

    public static readonly TimeSpan LookAgainAfter = TimeSpan.FromMinutes(5);

    /// <summary>Longer ones are not kept: with the capacity it bounds the memory, at 80 MB.</summary>
    private const int LongestToken = 2048;

    private ConcurrentDictionary<string, Kept> _young = new(StringComparer.Ordinal);
    private ConcurrentDictionary<string, Kept> _old = new(StringComparer.Ordinal);

    /// <summary>How many are held.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>The earlier result, or null when it has to be validated.</summary>
    public TokenValidationResult? Find(string token)
    {
        if (!_young.TryGetValue(token, out var kept))
        {
            if (!_old.TryRemove(token, out kept))
                return null;
            if (kept.Until > time.GetUtcNow())
                Add(token, kept);
        }

        if (kept.Until > time.GetUtcNow())
            return kept.Result;
        _young.TryRemove(token, out _);
        return null;
    }

    /// <summary>Keeps a result that is valid; others are not kept.</summary>
    public void Keep(string token, TokenValidationResult result)
    {
        if (!result.IsValid || token.Length > LongestToken)
            return;
        var now = time.GetUtcNow();
        var expires = new DateTimeOffset(DateTime.SpecifyKind(result.SecurityToken.ValidTo, DateTimeKind.Utc));
        var until = expires < now + LookAgainAfter ? expires : now + LookAgainAfter;
        if (until > now)
            Add(token, new Kept(result, until));
    }

    private void Add(string token, Kept kept)
    {
        var young = _young;
        // Counting locks the dictionary, but only a token that is new here pays for it.
        if (young.Count >= capacity / 2 && Interlocked.CompareExchange(ref _young, new(StringComparer.Ordinal), young) == young)
            _old = young;
        _young[token] = kept;
    }

    private sealed record Kept(TokenValidationResult Result, DateTimeOffset Until);
}
