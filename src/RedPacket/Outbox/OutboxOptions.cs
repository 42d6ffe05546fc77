using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Outbox;

/// <summary>
/// Section <c>Outbox</c>, without its <c>Limit</c>, which the scripts hold: <see cref="Packets.OutboxLimitOptions"/>.
/// </summary>
[Section("Outbox")]
internal sealed class OutboxOptions
{
    /// <summary>Entries per message, at most.</summary>
    [Range(1, 10_000)]
    public int ChunkSize { get; set; } = 1000;

    /// <summary>
    /// How long the relay gathers entries after a chunk that was not full. A message, its transaction and its
    /// acknowledgement cost the same for one entry as for a thousand. After a chunk with less than a tenth of
    /// <see cref="ChunkSize"/> it is a fifth of this time.
    /// The first entry after a pause goes immediately.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan Gather { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Chunks of a shard that may be with the broker at the same time. The rest waits in the outbox.</summary>
    [Range(1, 100_000)]
    public int Window { get; set; } = 1000;

    /// <summary>How long nothing may be settled until the oldest chunk is sent again.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ResendAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The pause between such resends doubles up to this.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ResendAfterMax { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long the broker may take to confirm. After that the result is unknown: the chunk counts as sent.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// One relay per shard at a time. Without it several relays may work on a shard: harmless, but each sends all.
    /// </summary>
    public bool Lease { get; set; } = true;

    /// <summary>
    /// Secrets with which the relay signs messages and settlement verifies them: base64 or text of 32 bytes or more.
    /// The first signs, and all verify. Required outside Development when RabbitMQ is used.
    /// </summary>
    public string[] SigningKeys { get; set; } = [];

    /// <summary>The bytes of <see cref="SigningKeys"/>. An empty one counts as none.</summary>
    internal IReadOnlyList<byte[]> Keys => [.. SigningKeys.Select(SecretKey.Read).OfType<byte[]>()];

    /// <summary>
    /// Allows a process without <c>ConnectionStrings:RabbitMq</c>: relay and settlement then share a bus in its memory.
    /// </summary>
    public bool InMemory { get; set; }
}
