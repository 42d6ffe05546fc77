namespace RedPacket.Http;

/// <summary>The headers of calls that may be asked again.</summary>
internal static class IdempotencyHeaders
{
    /// <summary>Of a send: its sender asks again under the same key.</summary>
    public const string Key = "Idempotency-Key";

    /// <summary><c>true</c> in an answer that an earlier call has had already.</summary>
    public const string Replayed = "Idempotent-Replayed";
}
