using System.Text.Json;
using System.Text.Json.Serialization;
using RedPacket.Packets;

namespace RedPacket.Operations;

/// <summary>What this room answers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Liveness))]
[JsonSerializable(typeof(Readiness))]
[JsonSerializable(typeof(ServiceInfo))]
[JsonSerializable(typeof(LiveNumbers))]
internal sealed partial class OperationsJson : JsonSerializerContext;

/// <summary>RFC 3339, UTC, with milliseconds, as everywhere in the API.</summary>
internal sealed class UtcMilliseconds : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(WireTime.Text(value.ToUnixTimeMilliseconds()));
}
