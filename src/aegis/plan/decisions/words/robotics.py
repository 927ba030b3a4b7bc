"""Robots: a hard deadline, a power budget, and people in the same aisle."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        later=(
            "field technicians and software engineers share one vocabulary for stops and faults",
            "board support packages arrive when their maker likes; each means a new worst-case run",
            "the board's maker; a second board is kept compiling, though not certified",
            "a new site brings new people, light and floors: the safety case names the sites it was made for",
        ),
        shown="**safe-state entries per robot hour**, split by late answer, lost sensor and person",
        revisit="a second robot type, or the board's maker announces its end of life",
        options={"device": ("the answer arrives without a radio in the path of a moving machine", "heat, vibration and dust belong to the software team now"), "managed-api": ("heavier models than a board can carry", "a radio shadow behind a rack is where the forks and the people are")},
    ),
    "optimization": Told(
        why="on a moving machine the worst inference counts; what helps the mean may spoil it",
        later=(
            "engineers read schedules and cache misses rather than averages",
            "clock and power mode are frozen with the release; a change of either is a release",
            "kernels chosen by the board's builder are its maker's",
            "the power mode of the test is the power mode of the site, or the safety case is about another machine",
        ),
        shown="**worst-case execution time** at the warmest permitted housing",
        revisit="a longer recorded run shows a later worst case than the last one",
        options={
            "smaller-model": ("a margin to the deadline that survives a hot summer", "distant people are small in the image, and go first"),
            "engine-defaults": ("the path most other boards run", "its scheduling is not written with a deadline in mind"),
            "compilation": ("layers fused for exactly this board", "a rebuilt engine may choose other kernels: each build is measured again"),
            "distillation": ("a small network that learned the aisle from a big one", "learns the teacher's blind spots in reflective vests as well"),
            "pruning": ("fewer channels, less heat", "what is cut is decided on scenes that were recorded, not on those to come"),
        },
    ),
    "edge-runtime": Told(
        later=("one engine builder per board revision, run on the board, in the rack", "JetPack-like bundles tie driver, runtime and kernel: they move together or not at all", "an engine file runs on nothing else; the graph it came from does", "the camera frames that debugging would like to keep show people at work"),
        shown="**late answers per million** and **watts at the module** over a full shift",
        revisit="the next board revision, or the builder drops an operator",
    ),
    "quantization": Told(
        later=("one precision for all sites; a second would double the safety evidence", "calibration scenes are refreshed when a site's lighting is", "scales belong to the builder", "recall on people is compared scene by scene, as a mean may hide one aisle"),
        shown="**recall on people in low light**, beside watts",
        revisit="the power budget binds in a hot aisle",
    ),
    "release-strategy": Told(
        why="a robot is updated at its charger, empty and at rest, and proves its stop before it moves",
        later=("site operators see which version each robot carries, on the robot", "two model slots a robot, and a stop test after each switch", "the update agent of the fleet manager", "a model that changes detection of people may re-open the safety case: its owner signs first"),
        shown="**stop tests failed after an update** and **robots returned to the former slot**",
        revisit="a site refuses updates during its season",
        options={"staged-fleet": ("one robot, one aisle, then one site: a bad model meets few people", "sites differ, and the first is never the hardest"), "all-at-once": ("one version in the field", "every aisle learns of a missed person on the same shift")},
    ),
    "evaluation-stack": Told(
        why="recorded runs are replayed frame by frame, in time, since a detection that comes late is a miss",
        later=("the perception team reads misses as clips, not as numbers", "each stop without cause adds its clip", "scenes and labels in open formats", "clips with recognisable workers need a reason and an end date"),
        shown="**misses found on the replay bench** against **found in an aisle**",
        revisit="a site's incident has no scene that resembles it",
        options={"aegis-evaluate": ("both models over the same recorded aisles, per slice, with an error rate", "says nothing about braking: the stand does"), "eyeball": ("an operator notices hesitation no metric knows", "hesitation cannot be replayed")},
    ),
    "monitoring-stack": Told(
        why="counters leave the robot at the charger; nothing in the loop waits for a network",
        later=("late answers, stops, temperature and version, per robot and shift", "sites roll out firmware of their own: sensor counters are compared before blame", "a ring buffer of counters in an open format", "no image leaves with telemetry, only with a named reason"),
        shown="**robots that reported this shift**, before any other curve",
        revisit="an operator stopped a robot and no counter says why",
    ),
    "pipeline-orchestrator": Told(
        why="the long stage is the board in the rack: it is queued like a machine, not like a container",
        later=("a merge waits for a board, a night for a chamber", "boards fail: the rack has a spare and a health job", "stages are scripts a technician can run by hand", "each run leaves the recording it was judged on"),
        shown="**hours from merge to a worst-case figure**",
        revisit="merges wait for boards longer than a night",
    ),
    "iac": Told(
        why="a board is flashed from one image; what differs between sites is a file the technician can read",
        later=("one image recipe, one site file", "recipes are rebuilt monthly, so that they still build", "the image is the board maker's, the recipe yours", "a technician's quick fix is overwritten at the next charge, and reported"),
        shown="**robots whose image digest is not the fleet's**",
        revisit="sites want services of their own on the robot",
    ),
    "registry": Told(
        later=("a model is found by board, digest and safety release", "both slots' models and their engines outlive every robot that may carry them", "graph, calibration table and engine are three files", "the safety case names digests, never versions"),
        shown="**robots whose loaded digest has a safety release** (all)",
        revisit="engines for a second board double what is kept",
    ),
    "experiment-tracker": Told(
        later=("a run shows its worst scenes first", "recordings are linked, never copied", "runs export with their curves", "scenes withdrawn at a worker's request disappear from the next run's list"), shown="**models whose training scenes can be listed**", revisit="field tests and training are compared by hand"
    ),
    "continuous-training": Told(
        why="a new scene enters training by a person who has seen it, since a robot cannot say what it missed",
        later=("each model costs a stand run and a safety look: few, and large", "label guidelines for people in part view are revised with the incidents", "labels are yours", "recordings of workers are used for what the works council was told"),
        shown="**recall on people on the newest site**, before and after",
        revisit="a site's misses do not fall over two models",
    ),
    "secrets": Told(
        why="a robot can be carried away: it holds a device identity of its own and nothing that opens the fleet",
        later=("one identity per board, revoked by serial number", "identities renew at the charger; an unrenewed one stops updates, not motion", "bound to the board's key store", "a scrapped board is wiped with a witness"),
        shown="**boards whose identity is past its renewal**",
        revisit="boards are repaired by somebody else",
    ),
    "network": Told(
        why="the safety loop has no network in it; telemetry and updates use one that may fail at any time",
        later=("two destinations per robot: update agent and collector", "site network changes are tried with one robot", "none", "a service port opened on a robot is closed by its next image"),
        shown="**metres driven without a network** and nothing else changed",
        revisit="robots are to talk to each other",
    ),
    "data-retention": Told(
        why="a stop is explained by the seconds before it: a short ring buffer on the robot, and no more",
        later=("an incident clip has a requester, a blur and an end", "the ring's length is tested with a planted stop", "frames in a common codec", "works council and privacy owner agree on each new use"),
        shown="**incident clips past their end date** (none)",
        revisit="an investigator needs longer than the ring holds",
        options={"raw": ("every drive can be replayed", "a film of people at work, all shift long"), "none": ("no film of anybody", "a collision is explained by opinions"), "redacted": ("the scene stays, faces and badges do not", "blurring must not hide what the model failed to see")},
    ),
    "environments": Told(
        why="development is a bench, staging a fenced aisle with a stop button, production an aisle with people",
        later=("an engineer may move a robot in the fence only", "the fenced aisle gets the sites' mats, vests and lamps", "none", "nobody walks inside the fence during a trial, whatever the schedule says"),
        shown="**faults found in the fence** against **in an aisle**",
        revisit="a site's aisle cannot be rebuilt inside the fence",
    ),
    "disaster-recovery": Told(
        why="a robot without a valid answer stands still; that is the recovery, and it is tested weekly",
        later=("a technician brings a robot back with a stick and a checklist", "spare boards are flashed monthly, or they are not spare", "none beyond the board", "a recovered robot repeats its stop test before it moves among people"),
        shown="**minutes from a dead board to a passed stop test**",
        revisit="a site stands still longer than it can afford",
    ),
}
