using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Http.Identity;
using RedPacket.Packets;
using RedPacket.Packets.Traces;

namespace RedPacket.Grabs;

internal static class GrabsSetup
{
    private const string Packet = $"""
        "packetId":"{OpenApiMetadata.ExamplePacketId}"
        """;

    public static IServiceCollection AddGrabs(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<GrabsOptions>(configuration);
        services.AddSingleton<TraceSampler>();
        services.AddSingleton<FinalPackets>();
        services.AddSingleton<GrabCoalescer>();
        services.AddSingleton<GrabMeter>();
        services.AddSingleton<GrabEndpoint>();
        return services;
    }

    public static void MapGrabs(this IEndpointRouteBuilder app) => app
        .MapPost("/api/v1/packets/{packetId}/grabs", (GrabEndpoint grab, HttpContext context, string packetId) =>
            grab.Handle(context, packetId))
        .ForAnyUser().WithTags("Packets").WithSummary("Grab a share. Asked again: the same share, byte for byte.")
        .WithAnswer(StatusCodes.Status200OK, $$"""
            {{{Packet}},"userId":"bob","outcome":"won","amountFen":61,"ordinal":1,"grabbedAt":"2026-02-17T00:00:01.234Z"}
            """, name: "won", description: "outcome is won, emptied or expired. The last two mean too late, and come without a share.")
        .WithAnswer(StatusCodes.Status200OK, $$"""{{{Packet}},"userId":"carol","outcome":"emptied"}""", name: PacketState.Emptied)
        .WithAnswer(StatusCodes.Status200OK, $$"""{{{Packet}},"userId":"dave","outcome":"expired"}""", name: PacketState.Expired)
        .WithProblems("packet_id_invalid", "body_not_allowed", "packet_unknown", "packet_archived", "outbox_full", "gate_closed",
            "store_unavailable", "store_volatile", "ledger_unavailable", "packet_damaged", "limit_reached");
}
