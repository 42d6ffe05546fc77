using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Configuration.Memory;
using RedPacket.Demo.Faults;
using RedPacket.Operations;
using RedPacket.Packets;

namespace RedPacket.Demo;

/// <summary>The service with embedded parts for whatever the settings do not name, identities for playing, and robots.</summary>
internal static class DemoHost
{
    /// <summary>Runs until it is stopped; the embedded store stops last, when nobody needs it any more.</summary>
    public static async Task<int> Run(string[] args)
    {
        var settings = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
        var folder = Path.GetFullPath(settings["RedPacket:DataDirectory"] ?? "data");
        var (clock, refusal) = ShiftedClock.Read(settings["Demo:ClockOffset"]);
        if ((refusal ?? CrashAt.Arm(settings["Demo:CrashAt"])) is { } wrong)
        {
            await Console.Error.WriteLineAsync(wrong);
            return 1;
        }
        EmbeddedStore? store = null;
        try
        {
            Directory.CreateDirectory(folder);
            using var only = DataFolder.Take(folder);
            if (settings.GetConnectionString("Redis") is null)
                store = await EmbeddedStore.Start(Path.Combine(folder, "store"));
            Console.WriteLine($"Data is kept in {folder}");
            return await RedPacketService.Run(args, builder => Arrange(builder, folder, store, clock), Map, "/demo/operator");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"The data folder {folder} cannot be used: {exception.Message} Choose another with --RedPacket:DataDirectory=<folder>.");
            return 1;
        }
        finally
        {
            if (store is not null)
                await store.DisposeAsync();
        }
    }

    private static void Arrange(WebApplicationBuilder builder, string folder, EmbeddedStore? store, TimeProvider? clock)
    {
        var standard = new Dictionary<string, string?>
        {
            ["ConnectionStrings:Ledger"] = $"Data Source={Path.Combine(folder, "ledger.db")}",
            ["Outbox:InMemory"] = builder.Configuration.GetConnectionString("RabbitMq") is null ? "true" : "false",
        };
        if (store is not null)
        {
            standard["ConnectionStrings:Redis"] = store.ConnectionString;
            builder.Services.AddSingleton(new StoreCommit(store.Commit));
            builder.Services.AddSingleton(new StoreDescription("Garnet, embedded", EmbeddedStore.Version, StoreDescription.Durable, "committed before each answer"));
        }

        // Lowest of all: whatever is set anywhere else stands.
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = standard });
        if (clock is not null)
            builder.Services.AddSingleton(clock);
        var open = builder.Configuration.GetValue<bool>("Demo:OpenToNetwork");
        if (open)
            builder.WebHost.UseUrls(DemoNetwork.Widened(builder.Configuration["urls"]));
        builder.Services.AddSingleton(services => new DemoNetwork(open, services.GetRequiredService<IServer>()));
        builder.AddDemoIdentity();
        builder.AddFaults();
        builder.Services.AddSingleton<Robots>().AddSingleton<Crowds>();
    }

    private static void Map(WebApplication app)
    {
        app.UseFaults();
        var network = app.Services.GetRequiredService<DemoNetwork>();
        if (network.IsOpen)
            app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"{DemoNetwork.Warning} Phones find it at {network.Address}"));
        var demo = app.MapGroup("/demo").FromOwnPagesOnly().WithTags("Demo");
        demo.MapWho();
        demo.MapFaults();
        demo.MapCrowds();
        demo.MapPost("/robots", (HttpContext context, Robots robots, RobotsRequest request) => robots.Grab(context, request));
    }
}
