using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;

namespace RedPacket.Http.Identity;

/// <summary>
/// Keeps the results of valid tokens, so that a signature is not checked again for every grab. It is bounded, and keeps
/// no result past its token's <c>exp</c>. After <see cref="LookAgainAfter"/> a token is checked again, so a key that
/// was withdrawn counts no longer than that.
/// </summary>
/// <remarks>
/// Two generations: when the young one is full it becomes the old one, and results that are used again move to the new
/// one. Only valid tokens get in, so nobody can flush the cache with invalid ones.
/// </remarks>
internal sealed class TokenCache(TimeProvider clock, int capacity = TokenCache.DefaultCapacity)
{
    public const int DefaultCapacity = 20_000;

    public static readonly TimeSpan LookAgainAfter = TimeSpan.FromMinutes(5);

    /// <summary>Longer headers are not kept. With the capacity this bounds the memory.</summary>
    private const int LongestHeader = 2048;

    private ConcurrentDictionary<string, Kept> _young = new(StringComparer.Ordinal);
    private ConcurrentDictionary<string, Kept> _old = new(StringComparer.Ordinal);

    /// <summary>How many results are kept.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>The earlier result, or null when the token has to be checked.</summary>
    public AuthenticateResult? Find(string header)
    {
        if (!_young.TryGetValue(header, out var kept))
        {
            if (!_old.TryRemove(header, out kept))
                return null;
            if (kept.Until > clock.GetUtcNow())
                Add(header, kept);
        }

        if (kept.Until > clock.GetUtcNow())
            return kept.Result;
        _young.TryRemove(header, out _);
        return null;
    }

    /// <summary>The caller by the token of this call; null when the token has to be checked.</summary>
    public ClaimsPrincipal? CallerOf(HttpContext context) => Find(context.Request.Headers.Authorization.ToString())?.Principal;

    /// <summary>Keeps a valid result that has an end; ignores any other.</summary>
    public void Keep(string header, AuthenticateResult result)
    {
        if (!result.Succeeded || result.Properties?.ExpiresUtc is not { } expires || header.Length > LongestHeader)
            return;
        var now = clock.GetUtcNow();
        var until = expires < now + LookAgainAfter ? expires : now + LookAgainAfter;
        if (until > now)
            Add(header, new Kept(result, until));
    }

    private void Add(string header, Kept kept)
    {
        var young = _young;
        // Counting locks the dictionary. Only a new token pays for it.
        if (young.Count >= capacity / 2 && Interlocked.CompareExchange(ref _young, new(StringComparer.Ordinal), young) == young)
            _old = young;
        _young[header] = kept;
    }

    private sealed record Kept(AuthenticateResult Result, DateTimeOffset Until);
}
