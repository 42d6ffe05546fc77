using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using RedPacket.Demo.Faults;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Operations;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Subscribers;
using RedPacket.Subscribers.Following;

namespace RedPacket.Demo;

/// <summary>
/// The service with embedded parts where the settings name none, and with demo identities, crowds and faults.
/// </summary>
internal static class DemoHost
{
    /// <summary>Runs until it is stopped. The embedded store stops last, because everything else uses it.</summary>
    public static async Task<int> Run(string[] args)
    {
        var settings = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
        var folder = Path.GetFullPath(settings["RedPacket:DataDirectory"] is { } set && !string.IsNullOrWhiteSpace(set)
            ? set
            : new DataOptions().DataDirectory);
        var options = DemoSettings.Read(settings);
        CrashAt.Arm(options.CrashAt);
        FileStream? folderLock = null;
        EmbeddedStore? store = null;
        var opened = Task.CompletedTask;
        try
        {
            CreateFolder(folder);
            folderLock = DataFolderLock.Acquire(folder);
            if (string.IsNullOrWhiteSpace(settings.GetConnectionString("Redis")))
            {
                store = new EmbeddedStore(Path.Combine(folder, "store"));
                // Beside the host, which needs it only when it starts.
                opened = Task.Run(store.Open);
            }
            Console.WriteLine($"Data is kept in {folder}");
            return await RedPacketService.Run(args, builder => Configure(builder, folder, store, options), Map, opened);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(
                $"The data folder {folder} cannot be used: {exception.Message} Choose another with --RedPacket:DataDirectory=<folder>.");
            return 1;
        }
        finally
        {
            await opened.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (store is not null)
                await store.DisposeAsync();
            folderLock?.Dispose();
        }
    }

    // The ledger is in it: other users of this machine cannot read it.
    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void Configure(WebApplicationBuilder builder, string folder, EmbeddedStore? store,
        DemoSettings options)
    {
        var isOpen = DemoSettings.Read(builder.Configuration).OpenToNetwork;
        // They follow the feed of this process.
        var hasSubscribers = options.Subscribers && new ProcessRoles(builder.Configuration).Has(ProcessRoles.Reconcile);
        var defaults = new Dictionary<string, string?>
        {
            ["ConnectionStrings:Ledger"] = $"Data Source={Path.Combine(folder, "ledger.db")}",
            ["AllowedHosts"] = DemoNetwork.Hosts(isOpen),
            ["RedPacket:Subscribers"] = hasSubscribers ? "true" : "false",
            // So that a visitor sees the history grow, and not the file.
            ["Reconciliation:KeepReportEvery"] = "00:00:05",
            ["Reconciliation:KeepReportsFor"] = "06:00:00",
            // The page of each share draws where its time went.
            ["Traces:OneIn"] = "1",
            ["Traces:MostPerSecond"] = "250",
            // Everybody can read it here. Several demos on one RabbitMQ verify each other's messages.
            ["Outbox:SigningKeys:0"] = "text:the key of the demo, for trying things out",
            ["Outbox:InMemory"] = string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString("RabbitMq")) ? "true" : "false",
        };
        if (store is not null)
        {
            defaults["ConnectionStrings:Redis"] = store.ConnectionString;
            builder.Services.AddSingleton(new StoreCommit(store.Commit));
            builder.Services.AddSingleton(
                new StoreDescription("Garnet, embedded", EmbeddedStore.Version, StoreDescription.Durable, "committed before each answer"));
        }

        // The first source has the lowest priority: any other setting overrides these.
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = defaults });
        // A file of containers often sets a variable to nothing, which means that it is absent.
        builder.Configuration.AddInMemoryCollection(
            defaults.Where(each => string.IsNullOrWhiteSpace(builder.Configuration[each.Key])).ToDictionary());
        builder.Services.AddSettings<DemoSettings>(builder.Configuration);
        builder.Services.AddSingleton<IValidateOptions<DemoSettings>, DemoSettingsCheck>();
        if (options.ClockOffset != TimeSpan.Zero)
            builder.Services.AddSingleton<TimeProvider>(new ShiftedClock(options.ClockOffset));
        if (isOpen && !ListenUrls.Mistakes(builder.Configuration).Any())
            builder.WebHost.UseUrls(DemoNetwork.OnAllAddresses(builder.Configuration["urls"]));
        builder.Services.AddSingleton(services => new DemoNetwork(isOpen, services.GetRequiredService<IServer>()));
        builder.Services.AddSingleton(OperatorSecret.Of(folder));
        builder.AddDemoIdentity();
        builder.AddFaults();
        builder.Services.AddSingleton<Robots>().AddSingleton<CrowdRunner>();
        if (hasSubscribers)
            builder.AddSubscribers(folder);
    }

    // They ask the feed also beside a RabbitMQ: a queue is one room's, and the rooms of RedPacket.Subscribers may have it.
    private static void AddSubscribers(this WebApplicationBuilder builder, string folder) => builder.Services.AddRooms(
        builder.Configuration,
        new FollowingPlan([.. Rooms.All.Select(room => new BreakableRoom(room))], new RoomStart(), Path.Combine(folder, "subscribers"),
            services => services.GetRequiredService<DemoNetwork>().LocalUrl, new BrokerSettings(null)));

    private static void Map(WebApplication app)
    {
        app.UseFaults();
        var network = app.Services.GetRequiredService<DemoNetwork>();
        if (network.IsOpen)
        {
            app.Lifetime.ApplicationStarted.Register(() =>
                Console.WriteLine($"{DemoNetwork.Warning} Phones reach it at {network.NetworkUrl}"));
        }

        var demo = app.MapGroup("/demo").RequireSameOrigin().WithTags("Demo");
        var rooms = app.Services.GetService<FollowedRooms>();
        if (rooms is not null)
            app.MapFollowing();
        new RoomEndpoints(rooms, app.Lifetime).Map(demo);
        demo.MapIdentity();
        demo.MapFaults();
        demo.MapCrowds();
        demo.MapPost("/robots", (HttpContext context, Robots robots, RobotsRequest request) => robots.Grab(context, request))
            .AllowAnonymous();
    }
}
