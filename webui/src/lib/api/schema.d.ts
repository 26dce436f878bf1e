export interface paths {
    "/api/v1/generate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Draw, and wait for the pictures
         * @description Draw. Waits, and answers with the pictures in base64, unless `wait` is false.
         */
        post: operations["generate_api_v1_generate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generate/text2img": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Draw from words
         * @description Queue a job that draws from words; answers at once unless `wait` is true.
         */
        post: operations["text2img_api_v1_generate_text2img_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generate/img2img": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Redraw an image
         * @description Queue a job that redraws `init_image`; answers at once unless `wait` is true.
         */
        post: operations["img2img_api_v1_generate_img2img_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generate/inpainting": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Repaint a part of an image
         * @description Queue a job that repaints what is white in `mask_image`; answers at once unless `wait` is true.
         */
        post: operations["inpainting_api_v1_generate_inpainting_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generate/controlnet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Not built yet
         * @description Answers 501: ControlNet is not offered yet.
         */
        post: operations["controlnet_api_v1_generate_controlnet_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/generate/upscale": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Not built yet
         * @description Answers 501: upscaling models are not offered yet.
         */
        post: operations["upscale_api_v1_generate_upscale_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs
         * @description Jobs, newest first: the caller's own, or everyone's for an admin.
         */
        get: operations["list_jobs_api_v1_jobs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a job
         * @description A job with its progress and its pictures' addresses.
         */
        get: operations["show_api_v1_jobs__job_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete an ended job and its pictures
         * @description 409 when the job has not ended: cancel it first.
         */
        delete: operations["delete_api_v1_jobs__job_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a waiting or running job
         * @description The job is cancelled when this answers; 409 when it had ended before.
         */
        post: operations["cancel_api_v1_jobs__job_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a failed or cancelled job again
         * @description The job waits again, at the end of the queue, with the same seed; the pictures that it has stay.
         */
        post: operations["retry_api_v1_jobs__job_id__retry_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reorder a queued job
         * @description Give a queued job another priority or another place; above 0, or before others' jobs, for an admin only.
         */
        post: operations["move_api_v1_jobs__job_id__move_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/output/{filename}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A finished picture
         * @description The file as it was stored, or a WebP thumbnail of at most `size` pixels a side.
         */
        get: operations["output_api_v1_jobs__job_id__output__filename__get"];
        put?: never;
        post?: never;
        /**
         * Delete one picture
         * @description One picture of an ended job; the job is forgotten with its last one.
         */
        delete: operations["delete_output_api_v1_jobs__job_id__output__filename__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pictures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find pictures
         * @description Pictures of ended jobs: the caller's own, or everyone's for an admin. Files are at `/jobs/{id}/output/{name}`.
         */
        get: operations["find_api_v1_pictures_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pictures/favourite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make pictures favourites, or not
         * @description Kept by the server, for everybody who sees these pictures.
         */
        post: operations["mark_api_v1_pictures_favourite_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pictures/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete pictures
         * @description One by one; a job is forgotten with its last picture. Those of jobs that have not ended, or are gone, stay so.
         */
        post: operations["delete_api_v1_pictures_delete_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the queue
         * @description What runs and the first `limit` jobs that wait.
         */
        get: operations["status_api_v1_queue_status_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue/job/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a job
         * @description A job with its progress and its pictures' addresses.
         */
        get: operations["show_api_v1_queue_job__job_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue/job/{job_id}/output/{filename}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A finished picture
         * @description The file as it was stored, or a WebP thumbnail of at most `size` pixels a side.
         */
        get: operations["output_api_v1_queue_job__job_id__output__filename__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a waiting or running job
         * @description The job is cancelled when this answers; 409 when it had ended before.
         */
        post: operations["cancel_api_v1_queue_cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue/clear": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel everything that waits
         * @description Cancel the caller's waiting jobs, or everyone's for an admin. What runs goes on.
         */
        post: operations["clear_api_v1_queue_clear_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin no further job
         * @description What runs ends; jobs are still admitted. A restart ends the pause.
         */
        post: operations["pause_api_v1_queue_pause_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on after a pause
         * @description Begin jobs again.
         */
        post: operations["resume_api_v1_queue_resume_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Listen to what happens
         * @description Server-Sent Events: transitions with an id, progress and previews without one.
         *
         *     A listener that reconnects with `Last-Event-ID` gets every transition it missed, then the latest progress. Without
         *     it, listening to everything starts now, and listening to one job starts with the job's first transition.
         */
        get: operations["events_api_v1_events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/convert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Convert a model
         * @description Queue a conversion; `/events` tells its progress. The same one that waits or runs is answered with its job.
         *
         *     What is sure to fail is refused at once: a source that can't be converted, a file in the way, no converter.
         */
        post: operations["convert_api_v1_models_convert_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/pull": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Download a model
         * @description Queue a download; it goes on from where it was when the connection or the server breaks.
         *
         *     The same download that waits or runs already is answered with its job.
         */
        post: operations["pull_api_v1_models_pull_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model_id}/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * By which plans a model can be run
         * @description For a picture of the model's own size. The first call takes seconds: it asks the engines for their devices.
         */
        get: operations["plans_of_api_v1_models__model_id__plans_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Load, unload, check or hash several models
         * @description One after another, in the order given; what fails is told beside what worked. Unloading is for admins.
         */
        post: operations["batch_api_v1_models_batch_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check model files
         * @description Read the files' headers anew, and of those named some numbers or all of it, and say whether an engine runs them.
         *
         *     LoRAs, VAEs and other files that help a model are in order when they can be read.
         */
        post: operations["validate_api_v1_models_validate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/hash": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * SHA-256 of model files
         * @description Compute what is not known yet, one file after another, beside the drawing.
         */
        post: operations["hash_models_api_v1_models_hash_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List models
         * @description Models that came with Safelight and those in the models folders; those that can't be run with their `problem`.
         */
        get: operations["list_models_api_v1_models_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Types of models
         * @description Every type that is recognised, how many models of it there are, and where they are looked for.
         */
        get: operations["types_api_v1_models_types_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/directories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Folders of models
         * @description Whether the folders are there, what lies in them, and what room is left.
         */
        get: operations["list_directories_api_v1_models_directories_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Numbers about models
         * @description What lies on the disk, what is in memory, and what loading did since the server started.
         */
        get: operations["stats_api_v1_models_stats_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look at the folders again
         * @description Look now. Changes are noticed without this, too: at once, or after five seconds where nothing can be watched.
         */
        post: operations["refresh_api_v1_models_refresh_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model_id}/load": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Load a model into memory
         * @description Answers when it is loaded; others may have to leave for it.
         */
        post: operations["load_api_v1_models__model_id__load_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model_id}/unload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Unload a model
         * @description At once, or when the jobs on it have ended. Nothing happens when it is not loaded.
         */
        post: operations["unload_api_v1_models__model_id__unload_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a model
         * @description A model by its id, its file's name, or its path below the models folder.
         */
        get: operations["show_api_v1_models__model_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/samplers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Samplers
         * @description All that are known and who has them; with a model, those that can draw with it.
         */
        get: operations["samplers_api_v1_samplers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedulers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Schedulers
         * @description All that are known and who has them; with a model, those that can draw with it.
         */
        get: operations["schedulers_api_v1_schedulers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/parameters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Parameters of generation
         * @description Types, ranges and defaults, from the types that validate; with a model, its own defaults and samplers.
         */
        get: operations["list_parameters_api_v1_parameters_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check an order without queuing it
         * @description All that is wrong with a generation call's body, or what it would draw with every default filled in.
         */
        post: operations["validate_api_v1_validate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/estimate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Time and memory of an order
         * @description What jobs before it took, scaled to this one; null with a reason where nothing is known.
         */
        post: operations["estimated_api_v1_estimate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List presets
         * @description Everybody's, by name; files that can't be read as presets with their `problem`.
         */
        get: operations["list_presets_api_v1_presets_get"];
        put?: never;
        /**
         * Save a new preset
         * @description 409 when there is one of that name, and on a private server, which writes none.
         */
        post: operations["add_api_v1_presets_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/presets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a preset
         * @description A preset by its name, in whatever case.
         */
        get: operations["show_api_v1_presets__name__get"];
        /**
         * Replace or rename a preset
         * @description For admins, where there are keys: presets are everybody's.
         */
        put: operations["replace_api_v1_presets__name__put"];
        post?: never;
        /**
         * Delete a preset
         * @description For admins, where there are keys.
         */
        delete: operations["delete_api_v1_presets__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/presets/{name}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a change of a preset back
         * @description The file as it was before it was last replaced or deleted, to the byte; the server remembers until it ends.
         */
        post: operations["restore_api_v1_presets__name__restore_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prompts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Prompts to take words from
         * @description Files in folders called `prompts` and `neg_prompts`: `.txt`, and `.json` with a string or a `prompt` in it.
         */
        get: operations["list_prompts_api_v1_prompts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/image/resize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resize a picture
         * @description The picture in another size.
         */
        post: operations["resize_api_v1_image_resize_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/image/crop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Crop a picture
         * @description A part of the picture, which must lie inside of it.
         */
        post: operations["crop_api_v1_image_crop_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/image/download": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fetch a picture by its URL
         * @description The file as it is, in base64. Refused unless the server fetches images, and then from public addresses only.
         */
        get: operations["download_api_v1_image_download_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the server is
         * @description Needs no key.
         */
        get: operations["status_api_v1_status_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What runs here
         * @description Needs no key.
         */
        get: operations["show_version_api_v1_version_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The machine, engines and limits
         * @description The first call takes some seconds: it starts a short-lived worker of each engine to ask for devices.
         */
        get: operations["system_api_v1_system_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the server is set
         * @description Every setting, without secrets.
         */
        get: operations["config_api_v1_config_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Not built
         * @description Answers 501: SIGTERM stops the server in good order, what started it (systemd, Docker, you) starts it anew.
         */
        post: operations["restart_api_v1_system_restart_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system/remembered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Plans that failed
         * @description What `safelight doctor` shows, the newest last: these plans are not tried again while nothing changes.
         */
        get: operations["list_remembered_api_v1_system_remembered_get"];
        put?: never;
        post?: never;
        /**
         * Forget all of them
         * @description From the next loading on, all plans are tried again, from the fastest.
         */
        delete: operations["forget_all_api_v1_system_remembered_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system/remembered/{failure_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget one
         * @description This plan is tried again, unless another failure rules it out, too.
         */
        delete: operations["forget_api_v1_system_remembered__failure_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The last lines of the log
         * @description The newest lines of the server and its workers since it started; they are kept in memory only.
         *
         *     A private server keeps nothing of what workers print, and its own lines tell neither jobs nor prompts.
         */
        get: operations["logs_api_v1_system_logs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How is it?
         * @description 200 when a job would be admitted now and has a chance; the job store is tried for it.
         */
        get: operations["health_api_v1_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is my key good?
         * @description 200 for a good key, 401 for a wrong or missing one.
         */
        get: operations["validate_api_v1_auth_validate_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who am I?
         * @description The name and the scopes of the key that was sent.
         */
        get: operations["me_api_v1_auth_profile_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who am I?
         * @description The name and the scopes of the key that was sent.
         */
        get: operations["me_api_v1_auth_me_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Not built yet
         * @description Answers 501: there are API keys only.
         */
        post: operations["login_api_v1_auth_logout_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Not built yet
         * @description Answers 501: there are API keys only.
         */
        post: operations["login_api_v1_auth_refresh_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Not built yet
         * @description Answers 501: there are API keys only.
         */
        post: operations["login_api_v1_auth_login_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sdapi/v1/png-info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A1111: what a picture was made with
         * @description Read the infotext out of a PNG, JPEG or WebP that A1111 or Safelight wrote; empty when there is none.
         */
        post: operations["png_info_sdapi_v1_png_info_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * DType
         * @description Number types that a model computes in.
         * @enum {string}
         */
        DType: "f32" | "f16" | "bf16";
        /**
         * EventType
         * @description What is told of jobs. All but the last two are durable and replayed to listeners who come back.
         * @enum {string}
         */
        EventType: "queued" | "loading" | "running" | "picture" | "file" | "device.fallback" | "completed" | "failed" | "cancelled" | "progress" | "preview";
        /**
         * Fallback
         * @description A plan failed and another takes over: the same request is drawn again, with the same seed.
         *
         *     Attributes:
         *         failed: How it was tried.
         *         plan: How it is tried now.
         *         reason: One sentence of what was seen; safe to show, it quotes no log.
         */
        Fallback: {
            failed: components["schemas"]["Plan"];
            plan: components["schemas"]["Plan"];
            /** Reason */
            reason: string;
        };
        /**
         * JobError
         * @description Why a job failed: the fields of a `SafelightError`.
         */
        JobError: {
            /** Code */
            code: string;
            /** Message */
            message: string;
            /** Hint */
            hint?: string | null;
        };
        /**
         * JobEvent
         * @description Something durable that happened to a job.
         *
         *     Attributes:
         *         number: Order over all jobs, from 1; given by the store.
         *         sequence: Order within the job, from 1.
         *         kind: What the job does.
         *         artifact: The picture that is stored now.
         *         file: The file that is finished now.
         *         attempt: How often the job had been begun.
         *         reason: Why, in one sentence, where it needs one.
         *         plan: The plan it is run by from here on.
         */
        JobEvent: {
            /**
             * Number
             * @default 0
             */
            number: number;
            type: components["schemas"]["EventType"];
            /** Job */
            job: string;
            /** Owner */
            owner: string;
            /** @default generate */
            kind: components["schemas"]["JobKind"];
            /** Sequence */
            sequence: number;
            /**
             * At
             * Format: date-time
             */
            at: string;
            state: components["schemas"]["JobState"];
            /** Attempt */
            attempt: number;
            /**
             * Reason
             * @default null
             */
            reason: string | null;
            /** @default null */
            error: components["schemas"]["JobError"] | null;
            /** @default null */
            artifact: components["schemas"]["StoredArtifact"] | null;
            /** @default null */
            file: components["schemas"]["WorkedFile"] | null;
            /** @default null */
            plan: components["schemas"]["Plan"] | null;
        };
        /**
         * JobKind
         * @description What a job does. Pictures are drawn one job at a time; every other kind has a lane of its own beside them.
         * @enum {string}
         */
        JobKind: "generate" | "download" | "hash" | "convert";
        /**
         * JobPreview
         * @description A rough picture of what is being drawn: JPEG bytes in base64.
         */
        JobPreview: {
            /** @default preview */
            type: components["schemas"]["EventType"];
            /** Job */
            job: string;
            /** Owner */
            owner: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Picture */
            picture: number;
            /** Image */
            image: string;
        };
        /**
         * JobProgress
         * @description How far a running job is: in pictures and steps when it draws, else in bytes.
         *
         *     Attributes:
         *         percent: Of all its pictures' denoising steps or of all its bytes, 0 to 100; 0 while their number is not known.
         *         seconds_per_step: Of the last steps, smoothed; None before the first.
         *         done: Bytes so far.
         *         total: Bytes in all, when known.
         *         bytes_per_second: Of the last seconds, smoothed.
         *         item: The file that is worked on.
         *         eta_seconds: Until the last picture or byte, at that pace; None before the first.
         */
        JobProgress: {
            /** @default progress */
            type: components["schemas"]["EventType"];
            /** Job */
            job: string;
            /** Owner */
            owner: string;
            /** @default generate */
            kind: components["schemas"]["JobKind"];
            /**
             * At
             * Format: date-time
             */
            at: string;
            phase: components["schemas"]["Phase"];
            /**
             * Picture
             * @default 0
             */
            picture: number;
            /**
             * Count
             * @default 1
             */
            count: number;
            /**
             * Step
             * @default 0
             */
            step: number;
            /**
             * Steps
             * @default 0
             */
            steps: number;
            /** Percent */
            percent: number;
            /** Seconds Per Step */
            seconds_per_step?: number | null;
            /** Done */
            done?: number | null;
            /** Total */
            total?: number | null;
            /** Bytes Per Second */
            bytes_per_second?: number | null;
            /** Item */
            item?: string | null;
            /** Eta Seconds */
            eta_seconds?: number | null;
        };
        /**
         * JobState
         * @description Where a job is.
         * @enum {string}
         */
        JobState: "queued" | "loading" | "running" | "completed" | "failed" | "cancelled";
        /**
         * MemoryMode
         * @description How memory is saved, from fastest to safest.
         * @enum {string}
         */
        MemoryMode: "full" | "tiled" | "offloaded";
        /**
         * OutputFormat
         * @description File formats that pictures are written in.
         * @enum {string}
         */
        OutputFormat: "png" | "jpeg" | "webp";
        /**
         * Phase
         * @description Parts of a job, in order: first those of drawing, then those of other kinds of work.
         * @enum {string}
         */
        Phase: "starting" | "loading" | "encoding" | "denoising" | "decoding" | "asking" | "waiting" | "downloading" | "hashing" | "converting" | "checking";
        /**
         * Plan
         * @description Engine, device, number type and memory mode for one loaded model.
         */
        Plan: {
            /** Engine */
            engine: string;
            /** Device */
            device: string;
            dtype: components["schemas"]["DType"];
            /** @default full */
            memory_mode: components["schemas"]["MemoryMode"];
        };
        /**
         * StoredArtifact
         * @description A finished picture in the image store, as file `name` of its job.
         */
        StoredArtifact: {
            /** Index */
            index: number;
            /** Seed */
            seed: number;
            /** Width */
            width: number;
            /** Height */
            height: number;
            format: components["schemas"]["OutputFormat"];
            /** Infotext */
            infotext: string;
            /**
             * Notes
             * @default []
             */
            notes: string[];
            /** Name */
            name: string;
            /** Bytes */
            bytes: number;
        };
        /**
         * WorkedFile
         * @description A file that work was about: fetched, hashed or written.
         *
         *     Attributes:
         *         name: Its path below the models folder, or a model's name; never a path of the machine.
         *         bytes: Its size.
         *         sha256: Lower-case hex, when it was computed.
         *         notes: What the user should know of it, one sentence each.
         */
        WorkedFile: {
            /** Name */
            name: string;
            /** Bytes */
            bytes: number;
            /** Sha256 */
            sha256?: string | null;
            /**
             * Notes
             * @default []
             */
            notes: string[];
        };
        /**
         * Alive
         * @description The process answers.
         */
        Alive: {
            /**
             * Status
             * @default alive
             */
            status: string;
        };
        /**
         * Amount
         * @description Seconds, or bytes, and where they come from; without a value `basis` says why there is none.
         */
        Amount: {
            /** Value */
            value?: (number) | null;
            /** Basis */
            basis: string;
        };
        /**
         * BatchReply
         * @description The pictures in the order they came in, PNG in base64.
         */
        BatchReply: {
            /**
             * Html Info
             * @default
             */
            html_info: string;
            /** Images */
            images: string[];
        };
        /**
         * CancelBody
         * @description Which job to cancel.
         */
        CancelBody: {
            /** Job Id */
            job_id: string;
        };
        /**
         * Card
         * @description Who the server is. `docs` is the path of its OpenAPI document.
         */
        Card: {
            /**
             * Name
             * @default safelight
             */
            name: string;
            /**
             * Version
             * @default 0.1.0
             */
            version: string;
            /**
             * Docs
             * @default /api/v1/openapi.json
             */
            docs: string;
        };
        /**
         * Cause
         * @description Why a plan failed, as far as it decides what is tried next.
         *
         *     `memory`: it ran out. `crash`: the device, its driver or its libraries gave up. `unexplained`: the worker was killed
         *     from outside, hung, or ended itself; the plan need not be at fault.
         * @enum {string}
         */
        Cause: "memory" | "crash" | "unexplained";
        /**
         * Changed
         * @description How many pictures it was; those that are not there count nothing.
         */
        Changed: {
            /** Changed */
            changed: number;
        };
        /**
         * ChangedPreset
         * @description What a preset is to say from now on, and what it is to be called if not as before.
         */
        ChangedPreset: {
            settings: components["schemas"]["Preset"];
            /** Name */
            name?: string | null;
        };
        /**
         * Checked
         * @description Whether an order would be admitted, and what it would draw; `errors` holds everything that was found.
         */
        Checked: {
            /** Valid */
            valid: boolean;
            /** Errors */
            errors: components["schemas"]["FieldError"][];
            mode?: components["schemas"]["Mode"] | null;
            parameters?: components["schemas"]["Parameters"] | null;
        };
        /**
         * Checkpoint
         * @description A model as A1111 lists it.
         *
         *     Attributes:
         *         title: File name, and its short hash once that is known.
         *         filename: Below the models folder; never a path of this machine.
         *         hash: The first ten digits of `sha256`.
         */
        Checkpoint: {
            /** Title */
            title: string;
            /** Model Name */
            model_name: string;
            /** Hash */
            hash: string | null;
            /** Sha256 */
            sha256: string | null;
            /** Filename */
            filename: string;
            /** Config */
            config?: string | null;
        };
        /**
         * Cleared
         * @description How many waiting jobs were cancelled.
         */
        Cleared: {
            /** Cleared */
            cleared: number;
        };
        /**
         * ComponentView
         * @description A companion that was found; `path` is below the folder that it lies in.
         */
        ComponentView: {
            role: components["schemas"]["Role"];
            /** Path */
            path: string;
            /** Size */
            size: number;
        };
        /**
         * ControlNetBody
         * @description A request with a ControlNet, which is not offered yet.
         */
        ControlNetBody: {
            /** Prompt */
            prompt: string;
            /**
             * Negative Prompt
             * @default
             */
            negative_prompt: string;
            /**
             * Model
             * @description A name from /api/v1/models.
             */
            model?: string | null;
            /**
             * Preset
             * @description A name from /api/v1/presets: says what is left out here.
             */
            preset?: string | null;
            /** Width */
            width?: number | null;
            /** Height */
            height?: number | null;
            /** Steps */
            steps?: number | null;
            /** Cfg Scale */
            cfg_scale?: number | null;
            /** Sampler */
            sampler?: string | null;
            /** Scheduler */
            scheduler?: string | null;
            /**
             * Seed
             * @description Negative, null or "random" draws one; the answer names it.
             */
            seed?: number | null;
            /**
             * Batch Count
             * @default 1
             */
            batch_count: number;
            /**
             * Batch Size
             * @default 1
             */
            batch_size: number;
            /**
             * Clip Skip
             * @default 1
             */
            clip_skip: number;
            /** Init Image */
            init_image?: string | null;
            /** Mask Image */
            mask_image?: string | null;
            /** Strength */
            strength?: number | null;
            /**
             * Mask Blur
             * @default 0
             */
            mask_blur: number;
            /** @default png */
            format: components["schemas"]["OutputFormat"];
            /**
             * Quality
             * @default 92
             */
            quality: number;
            /**
             * Metadata
             * @description Write prompt and settings into the picture file.
             * @default true
             */
            metadata: boolean;
            /**
             * Preview Every
             * @description Steps between previews; 0 for none.
             * @default 0
             */
            preview_every: number;
            /**
             * Priority
             * @description Higher first; above 0 for admins only.
             * @default 0
             */
            priority: number;
            /**
             * @description What happens when a waiting client leaves.
             * @default keep
             */
            disconnect: components["schemas"]["Disconnect"];
            /**
             * Shrink
             * @description When memory runs out: smaller rather than none.
             * @default false
             */
            shrink: boolean;
            /**
             * Wait
             * @description Answer when the job ended, or at once.
             */
            wait?: boolean | null;
            /**
             * Engine Options
             * @description Engine to what only it knows: see the documentation of engines.
             */
            engine_options?: {
                [key: string]: {
                    [key: string]: components["schemas"]["JsonValue"];
                };
            };
            /**
             * Vae Model
             * @description Not offered yet.
             */
            vae_model?: null;
            /**
             * Control Image
             * @description base64, a data URL, or an http(s) URL where the server fetches those
             */
            control_image: string;
            /** Control Net Model */
            control_net_model: string;
            /**
             * Control Strength
             * @default 0.9
             */
            control_strength: number;
        };
        /**
         * ControlSettings
         * @description No units.
         */
        ControlSettings: {
            /**
             * Control Net Unit Count
             * @default 0
             */
            control_net_unit_count: number;
        };
        /**
         * ControlTypes
         * @description None are offered yet.
         */
        ControlTypes: {
            /** Control Types */
            control_types?: {
                [key: string]: unknown;
            };
        };
        /**
         * ConversionRequest
         * @description A model to store in another number type, as GGUF.
         *
         *     Attributes:
         *         model: Its name in the catalog.
         *         type: Number type of its tensors: f32, f16, bf16, q8_0, q5_0, q5_1, q4_0, q4_1, q6_k … q2_k.
         *         output: File to write, below the models folder; None names it after model and type.
         *         rules: Types for tensors by name, `pattern=type` separated by commas; None for one type throughout.
         *         vae: Name of a VAE to merge into it.
         *         overwrite: Whether a file of that name may be replaced.
         */
        ConversionRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "convert";
            /** Model */
            model: string;
            /** Type */
            type: string;
            /** Output */
            output?: string | null;
            /** Rules */
            rules?: string | null;
            /** Vae */
            vae?: string | null;
            /**
             * Overwrite
             * @default false
             */
            overwrite: boolean;
        };
        /**
         * ConvertBody
         * @description A model to store as GGUF in another number type.
         */
        ConvertBody: {
            /**
             * Model Name
             * @description A name from /models.
             */
            model_name: string;
            /**
             * Quantization Type
             * @description f32, f16, bf16, q8_0, q6_k, q5_1, q5_k, q5_0, q4_1, q4_k, q4_0, q3_k or q2_k.
             */
            quantization_type: string;
            /**
             * Output Path
             * @description File to write, in the models folder; named after model and type if not given.
             */
            output_path?: string | null;
            /**
             * Rules
             * @description Other types for tensors by name, separated by commas: ^first_stage_model=f16.
             */
            rules?: string | null;
            /**
             * Vae
             * @description Name of a VAE to put into it.
             */
            vae?: string | null;
            /**
             * Overwrite
             * @description Replace the file if it is there.
             * @default false
             */
            overwrite: boolean;
            /**
             * Wait
             * @description Answer when it is written, or at once.
             * @default false
             */
            wait: boolean;
        };
        /**
         * CropBody
         * @description A picture and the part of it that is wanted.
         */
        CropBody: {
            /**
             * Image
             * @description base64, a data URL, or an http(s) URL where the server fetches those
             */
            image: string;
            /** @default png */
            format: components["schemas"]["OutputFormat"];
            /**
             * Quality
             * @default 92
             */
            quality: number;
            /**
             * X
             * @default 0
             */
            x: number;
            /**
             * Y
             * @default 0
             */
            y: number;
            /** Width */
            width: number;
            /** Height */
            height: number;
        };
        /**
         * Defaults
         * @description What a model is run with when the user says nothing else.
         *
         *     Raises:
         *         InvalidInput: A sampler or scheduler that does not exist.
         */
        Defaults: {
            /**
             * @default {
             *       "width": 512,
             *       "height": 512
             *     }
             */
            size: components["schemas"]["Size"];
            /**
             * Steps
             * @default 20
             */
            steps: number;
            /**
             * Cfg Scale
             * @default 7
             */
            cfg_scale: number;
            /**
             * Sampler
             * @default dpmpp_2m
             */
            sampler: string;
            /**
             * Scheduler
             * @default karras
             */
            scheduler: string;
        };
        /**
         * DetectBody
         * @description Pictures to run a preprocessor on.
         */
        DetectBody: {
            /**
             * Controlnet Module
             * @default none
             */
            controlnet_module: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * Device
         * @description A processor that an engine can use.
         *
         *     Attributes:
         *         id: As the engine addresses it: cpu, cuda:0, mps, xpu:0.
         *         name: Its maker's name for it.
         *         memory: Bytes it has in all.
         *         dtypes: Number types it computes natively, best first.
         *         driver: Version of its driver, or empty when that is not known.
         */
        Device: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Memory */
            memory: number;
            /** Dtypes */
            dtypes: components["schemas"]["DType"][];
            /**
             * Driver
             * @default
             */
            driver: string;
        };
        /**
         * Directory
         * @description A folder of models; `path` is for admins only.
         *
         *     Attributes:
         *         name: Short name, which can stand before a model's path where two folders have the same.
         *         source: Whether it came with Safelight, is the user's, or the Hugging Face cache. That is never written to.
         *         folders: Folders directly below it whose names say what they are for.
         */
        Directory: {
            /** Name */
            name: string;
            source: components["schemas"]["Source"];
            /** Path */
            path: string | null;
            /** Exists */
            exists: boolean;
            /** Readable */
            readable: boolean;
            /** Writable */
            writable: boolean;
            /** Models */
            models: number;
            /** Bytes */
            bytes: number;
            /** Free Bytes */
            free_bytes: number | null;
            /** Folders */
            folders: components["schemas"]["TypedFolder"][];
        };
        /**
         * Disconnect
         * @description What becomes of a job when the client that waits for it goes away.
         * @enum {string}
         */
        Disconnect: "keep" | "cancel";
        /**
         * Doomed
         * @description Pictures to delete.
         */
        Doomed: {
            /** Pictures */
            pictures: components["schemas"]["PictureRef"][];
        };
        /**
         * DownloadRequest
         * @description A model to fetch from another host into the models folder.
         *
         *     Attributes:
         *         source: `hf:org/repo[/file][@revision]`, `civitai:MODEL[@VERSION]`, `https://…`, or `missing:NAME` for the
         *             companions that model NAME lacks.
         *         sha256: What the one file must have; refused for several files.
         *         type: What it is, where its header does not say.
         *         name: What to call the file here; else as it is called there.
         */
        DownloadRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "download";
            /** Source */
            source: string;
            /** Sha256 */
            sha256?: string | null;
            type?: components["schemas"]["ModelKind"] | null;
            /** Name */
            name?: string | null;
        };
        /**
         * DrawReply
         * @description The pictures in base64, the request as it was understood, and `info`: JSON in a string.
         */
        DrawReply: {
            /** Images */
            images: string[];
            /** Parameters */
            parameters: {
                [key: string]: unknown;
            };
            /** Info */
            info: string;
        };
        /**
         * Embeddings
         * @description Textual inversions; none are offered yet.
         */
        Embeddings: {
            /** Loaded */
            loaded?: {
                [key: string]: unknown;
            };
            /** Skipped */
            skipped?: {
                [key: string]: unknown;
            };
        };
        /**
         * EngineProspect
         * @description An engine that runs the model. `problem` says why its devices are not known.
         */
        EngineProspect: {
            /** Engine */
            engine: string;
            rank: components["schemas"]["Rank"];
            /** Problem */
            problem?: string | null;
        };
        /**
         * EngineView
         * @description An engine: what it reads and finds. `problem` says why its devices are not known.
         */
        EngineView: {
            /** Name */
            name: string;
            /** Version */
            version: string | null;
            /** Libraries */
            libraries: {
                [key: string]: string | null;
            };
            /** Formats */
            formats: string[];
            /** Architectures */
            architectures: string[];
            /** Devices */
            devices: components["schemas"]["Device"][];
            /** Problem */
            problem: string | null;
        };
        /**
         * ErrorAnswer
         * @description OpenAI's error body.
         */
        ErrorAnswer: {
            error: components["schemas"]["ErrorDetails"];
        };
        /**
         * ErrorDetails
         * @description What went wrong. `param` is always null: the message names the parameter.
         */
        ErrorDetails: {
            /** Message */
            message: string;
            /** Type */
            type: string;
            /** Param */
            param: string | null;
            /** Code */
            code: string | null;
        };
        /**
         * ErrorReply
         * @description An error: its class, and twice what happened, as clients read either.
         */
        ErrorReply: {
            /** Error */
            error: string;
            /** Detail */
            detail: string;
            /**
             * Body
             * @default
             */
            body: string;
            /** Errors */
            errors: string;
        };
        /**
         * ErrorResponse
         * @description FastAPI's own error form, which those pages' clients know.
         */
        ErrorResponse: {
            /** Detail */
            detail: string;
        };
        /**
         * EstimateView
         * @description An estimate with the parameters it is for.
         */
        EstimateView: {
            draw: components["schemas"]["Amount"];
            load: components["schemas"]["Amount"];
            wait: components["schemas"]["Amount"];
            /** Total */
            total: number | null;
            memory: components["schemas"]["Amount"];
            plan: components["schemas"]["Plan"] | null;
            /** Loaded */
            loaded: boolean;
            /** Jobs Ahead */
            jobs_ahead: number;
            parameters: components["schemas"]["Parameters"];
        };
        /**
         * FieldError
         * @description One thing that is wrong; `field` is null when it is no single field's fault.
         */
        FieldError: {
            /** Field */
            field: string | null;
            /** Message */
            message: string;
            /** Hint */
            hint?: string | null;
        };
        /**
         * Fit
         * @description What happens when the wanted size has another shape: distort, keep all of it, or fill and cut off.
         * @enum {string}
         */
        Fit: "stretch" | "inside" | "fill";
        /**
         * Footprint
         * @description Bytes that a model takes by a plan.
         *
         *     Attributes:
         *         weights: Of all its parts.
         *         working: More, while it draws.
         *         process: The worker without the model.
         *         device: All that is taken on the plan's device at most, at once.
         *         main: All that is taken of main memory at most, at once.
         */
        Footprint: {
            /** Weights */
            weights: number;
            /** Working */
            working: number;
            /** Process */
            process: number;
            /** Device */
            device: number;
            /** Main */
            main: number;
        };
        /**
         * Forgotten
         * @description How many failures were forgotten.
         */
        Forgotten: {
            /** Forgotten */
            forgotten: number;
        };
        /**
         * GenerateBody
         * @description What to draw. Everything but the prompt may be left out; the model's own defaults fill in.
         */
        GenerateBody: {
            /** Prompt */
            prompt: string;
            /**
             * Negative Prompt
             * @default
             */
            negative_prompt: string;
            /**
             * Model
             * @description A name from /api/v1/models.
             */
            model?: string | null;
            /**
             * Preset
             * @description A name from /api/v1/presets: says what is left out here.
             */
            preset?: string | null;
            /** Width */
            width?: number | null;
            /** Height */
            height?: number | null;
            /** Steps */
            steps?: number | null;
            /** Cfg Scale */
            cfg_scale?: number | null;
            /** Sampler */
            sampler?: string | null;
            /** Scheduler */
            scheduler?: string | null;
            /**
             * Seed
             * @description Negative, null or "random" draws one; the answer names it.
             */
            seed?: number | null;
            /**
             * Batch Count
             * @default 1
             */
            batch_count: number;
            /**
             * Batch Size
             * @default 1
             */
            batch_size: number;
            /**
             * Clip Skip
             * @default 1
             */
            clip_skip: number;
            /** Init Image */
            init_image?: string | null;
            /** Mask Image */
            mask_image?: string | null;
            /** Strength */
            strength?: number | null;
            /**
             * Mask Blur
             * @default 0
             */
            mask_blur: number;
            /** @default png */
            format: components["schemas"]["OutputFormat"];
            /**
             * Quality
             * @default 92
             */
            quality: number;
            /**
             * Metadata
             * @description Write prompt and settings into the picture file.
             * @default true
             */
            metadata: boolean;
            /**
             * Preview Every
             * @description Steps between previews; 0 for none.
             * @default 0
             */
            preview_every: number;
            /**
             * Priority
             * @description Higher first; above 0 for admins only.
             * @default 0
             */
            priority: number;
            /**
             * @description What happens when a waiting client leaves.
             * @default keep
             */
            disconnect: components["schemas"]["Disconnect"];
            /**
             * Shrink
             * @description When memory runs out: smaller rather than none.
             * @default false
             */
            shrink: boolean;
            /**
             * Wait
             * @description Answer when the job ended, or at once.
             */
            wait?: boolean | null;
            /**
             * Engine Options
             * @description Engine to what only it knows: see the documentation of engines.
             */
            engine_options?: {
                [key: string]: {
                    [key: string]: components["schemas"]["JsonValue"];
                };
            };
            /**
             * Vae Model
             * @description Not offered yet.
             */
            vae_model?: null;
        };
        /**
         * GenerationRequest
         * @description What to draw, within those pages' bounds. What is left out, or null, is the model's own; unknown is ignored.
         */
        GenerationRequest: {
            /** Prompt */
            prompt: string;
            /**
             * Negative Prompt
             * @default
             */
            negative_prompt: string | null;
            /** Num Inference Steps */
            num_inference_steps?: number | null;
            /** Guidance Scale */
            guidance_scale?: number | null;
            /**
             * Seed
             * @description Negative or null draws one; the answer names it.
             */
            seed?: number | null;
            /** Width */
            width?: number | null;
            /** Height */
            height?: number | null;
            /**
             * Model
             * @description A name from /api/v1/models.
             */
            model?: string | null;
        };
        /**
         * GenerationResponse
         * @description The picture, a PNG in base64. `notes` says if it had to be smaller than asked for.
         */
        GenerationResponse: {
            /** Image Base64 */
            image_base64: string;
            /**
             * Generation Time
             * @description Seconds that the drawing took.
             */
            generation_time: number;
            /** Seed */
            seed: number;
            /** Width */
            width: number;
            /** Height */
            height: number;
            /** Notes */
            notes: string[];
        };
        /**
         * GenerationsBody
         * @description A picture from words.
         */
        GenerationsBody: {
            /**
             * Model
             * @description A name from /v1/models; OpenAI's own names mean the server's default model.
             */
            model?: string | null;
            /**
             * N
             * @description How many pictures; they are one job.
             * @default 1
             */
            n: number;
            /**
             * Size
             * @description auto or WxH, rounded down to multiples of 8.
             * @default auto
             */
            size: string;
            /**
             * Response Format
             * @default b64_json
             * @enum {string}
             */
            response_format: "b64_json" | "url";
            /**
             * User
             * @description Accepted, without effect.
             */
            user?: unknown;
            /**
             * Negative Prompt
             * @description What should not be in the picture.
             * @default
             */
            negative_prompt: string;
            /**
             * Steps
             * @description Denoising steps.
             */
            steps?: number | null;
            /**
             * Cfg Scale
             * @description How strictly the prompt is followed.
             */
            cfg_scale?: number | null;
            /**
             * Seed
             * @description Of the first picture; negative or none draws one.
             */
            seed?: number | null;
            /** Sampler */
            sampler?: string | null;
            /** Scheduler */
            scheduler?: string | null;
            /** Prompt */
            prompt: string;
            /**
             * Quality
             * @description Steps, relative to the model's own: low half, high 1.5 times, max twice.
             * @default auto
             * @enum {string}
             */
            quality: "auto" | "low" | "medium" | "high" | "xhigh" | "max" | "standard" | "hd";
            /**
             * Background
             * @description Pictures are opaque; transparent is refused.
             * @default auto
             * @enum {string}
             */
            background: "auto" | "opaque" | "transparent";
            /**
             * Moderation
             * @description Accepted, without effect: nothing is moderated.
             */
            moderation?: unknown;
            /**
             * Output Format
             * @default png
             * @enum {string}
             */
            output_format: "png" | "jpeg" | "webp";
            /**
             * Output Compression
             * @description Quality of JPEG and WebP; 100 is the best.
             */
            output_compression?: number | null;
            /**
             * Stream
             * @description Answer with Server-Sent Events.
             * @default false
             */
            stream: boolean;
            /**
             * Partial Images
             * @description With stream: previews of each picture.
             * @default 0
             */
            partial_images: number;
            /**
             * Style
             * @description Accepted, without effect: say it in the prompt.
             */
            style?: unknown;
        };
        /**
         * Hardware
         * @description The machine. Bytes; `memory_budget` is what loaded models may fill together.
         */
        Hardware: {
            /** System */
            system: string;
            /** Machine */
            machine: string;
            /** Cpus */
            cpus: number;
            /** Cpu Cores */
            cpu_cores: number | null;
            /** Memory */
            memory: number;
            /** Memory Available */
            memory_available: number;
            /** Memory Budget */
            memory_budget: number;
        };
        /**
         * HashBody
         * @description Names of models; none means all.
         *
         *     Attributes:
         *         wait: Answer with the checksums, or at once with a job that computes them.
         */
        HashBody: {
            /**
             * Models
             * @default []
             */
            models: string[];
            /**
             * Wait
             * @default true
             */
            wait: boolean;
        };
        /**
         * HashRequest
         * @description Models whose SHA-256 to compute, by name.
         */
        HashRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "hash";
            /** Models */
            models: string[];
        };
        /**
         * HealthView
         * @description `status` is starting, ready, paused, degraded or stopping; `reason` says why, where it needs a word.
         */
        HealthView: {
            status: components["schemas"]["State"];
            /** Reason */
            reason: string | null;
            /**
             * Version
             * @default 0.1.0
             */
            version: string;
        };
        /**
         * ImageAnswer
         * @description One picture: the file in base64, or where it is. `seed` draws this picture again.
         */
        ImageAnswer: {
            /** B64 Json */
            b64_json?: string | null;
            /** Url */
            url?: string | null;
            /** Seed */
            seed: number;
        };
        /**
         * ImageBody
         * @description A picture to look at.
         */
        ImageBody: {
            /** Image */
            image: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * ImageView
         * @description A picture's file in base64.
         */
        ImageView: {
            /** Image */
            image: string;
            /** Format */
            format: string;
            /** Width */
            width: number;
            /** Height */
            height: number;
            /** Bytes */
            bytes: number;
        };
        /**
         * ImagesAnswer
         * @description The pictures of one call.
         */
        ImagesAnswer: {
            /** Created */
            created: number;
            /** Data */
            data: components["schemas"]["ImageAnswer"][];
            /**
             * Background
             * @default opaque
             * @constant
             */
            background: "opaque";
            /** Output Format */
            output_format: string;
            /** Quality */
            quality?: string | null;
            /** Size */
            size: string;
            /**
             * @default {
             *       "input_tokens": 0,
             *       "input_tokens_details": {
             *         "image_tokens": 0,
             *         "text_tokens": 0
             *       },
             *       "output_tokens": 0,
             *       "output_tokens_details": {
             *         "image_tokens": 0,
             *         "text_tokens": 0
             *       },
             *       "total_tokens": 0
             *     }
             */
            usage: components["schemas"]["Usage"];
        };
        /**
         * Img2ImgBody
         * @description What to redraw, or where `mask` is white, to repaint.
         */
        Img2ImgBody: {
            /**
             * Prompt
             * @default
             */
            prompt: string | null;
            /**
             * Negative Prompt
             * @default
             */
            negative_prompt: string | null;
            /** Styles */
            styles?: string[] | null;
            /**
             * Seed
             * @description Negative draws one at random; `info` names it.
             * @default -1
             */
            seed: number | null;
            /**
             * Subseed
             * @default -1
             */
            subseed: number | null;
            /**
             * Subseed Strength
             * @default 0
             */
            subseed_strength: number | null;
            /**
             * Seed Resize From W
             * @default -1
             */
            seed_resize_from_w: number | null;
            /**
             * Seed Resize From H
             * @default -1
             */
            seed_resize_from_h: number | null;
            /**
             * Sampler Name
             * @description Such as `DPM++ 2M`, or `DPM++ 2M Karras`.
             */
            sampler_name?: string | null;
            /**
             * Sampler Index
             * @description The older name of sampler_name.
             */
            sampler_index?: string | null;
            /**
             * Scheduler
             * @description Such as karras; Automatic lets the sampler choose.
             */
            scheduler?: string | null;
            /**
             * Batch Size
             * @default 1
             */
            batch_size: number | null;
            /**
             * N Iter
             * @default 1
             */
            n_iter: number | null;
            /** Steps */
            steps?: number | null;
            /** Cfg Scale */
            cfg_scale?: number | null;
            /**
             * Width
             * @description Rounded down to a multiple of 8.
             */
            width?: number | null;
            /**
             * Height
             * @description Rounded down to a multiple of 8.
             */
            height?: number | null;
            /** Clip Skip */
            clip_skip?: number | null;
            /** Denoising Strength */
            denoising_strength?: number | null;
            /**
             * Restore Faces
             * @default false
             */
            restore_faces: boolean | null;
            /**
             * Tiling
             * @default false
             */
            tiling: boolean | null;
            /** Eta */
            eta?: number | null;
            /** S Churn */
            s_churn?: number | null;
            /** S Tmin */
            s_tmin?: number | null;
            /** S Tmax */
            s_tmax?: number | null;
            /** S Noise */
            s_noise?: number | null;
            /** S Min Uncond */
            s_min_uncond?: number | null;
            /** Refiner Checkpoint */
            refiner_checkpoint?: string | null;
            /**
             * Disable Extra Networks
             * @default false
             */
            disable_extra_networks: boolean | null;
            /** Firstpass Image */
            firstpass_image?: string | null;
            /** Infotext */
            infotext?: string | null;
            /** Script Name */
            script_name?: string | null;
            /** Script Args */
            script_args?: unknown[] | null;
            /** Alwayson Scripts */
            alwayson_scripts?: {
                [key: string]: unknown;
            } | null;
            /** @description Settings for this request only. */
            override_settings?: components["schemas"]["OptionsBody"] | null;
            /**
             * Override Settings Restore Afterwards
             * @default true
             */
            override_settings_restore_afterwards: boolean | null;
            /**
             * Send Images
             * @default true
             */
            send_images: boolean | null;
            /**
             * Save Images
             * @description Makes no difference: the job keeps its pictures.
             * @default false
             */
            save_images: boolean | null;
            /**
             * Init Images
             * @description One image: base64 or a data URL.
             */
            init_images?: string[] | null;
            /**
             * Include Init Images
             * @default false
             */
            include_init_images: boolean | null;
            /**
             * Resize Mode
             * @description 0 stretch, 1 crop, 2 fill the borders.
             * @default 0
             */
            resize_mode: number | null;
            /**
             * Mask
             * @description White is repainted, or what is opaque in it.
             */
            mask?: string | null;
            /** Mask Blur */
            mask_blur?: number | null;
            /** Mask Blur X */
            mask_blur_x?: number | null;
            /** Mask Blur Y */
            mask_blur_y?: number | null;
            /**
             * Mask Round
             * @default true
             */
            mask_round: boolean | null;
            /**
             * Inpainting Mask Invert
             * @default false
             */
            inpainting_mask_invert: boolean | null;
            /**
             * Inpainting Fill
             * @description 0 fill, 1 original.
             * @default 0
             */
            inpainting_fill: number | null;
            /**
             * Inpaint Full Res
             * @description Draw only the masked part, at full size. Left out: false.
             */
            inpaint_full_res?: boolean | null;
            /**
             * Inpaint Full Res Padding
             * @default 32
             */
            inpaint_full_res_padding: number | null;
            /** Initial Noise Multiplier */
            initial_noise_multiplier?: number | null;
            /** Image Cfg Scale */
            image_cfg_scale?: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * InfoReply
         * @description What a picture was made with: as text, as found in the file, and taken apart.
         */
        InfoReply: {
            /** Info */
            info: string;
            /** Items */
            items: {
                [key: string]: string;
            };
            /** Parameters */
            parameters: {
                [key: string]: string;
            };
        };
        /**
         * InterrogateBody
         * @description A picture to describe.
         */
        InterrogateBody: {
            /** Image */
            image: string;
            /**
             * Model
             * @default clip
             */
            model: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * JobList
         * @description One page of jobs, newest first; `total` counts all that match.
         */
        JobList: {
            /** Jobs */
            jobs: components["schemas"]["JobView"][];
            /** Total */
            total: number;
        };
        /**
         * JobView
         * @description A job as clients see it.
         *
         *     Attributes:
         *         kind: generate, or download, hash, convert: these have a `request` and `files`, and no parameters or images.
         *         status: queued, loading, running, completed, failed or cancelled.
         *         queue_position: Jobs of the same or a higher priority before it, not counting fairness; null unless queued.
         *         generation_time: Seconds of the engine, or of the work; null until completed.
         */
        JobView: {
            /** Job Id */
            job_id: string;
            /** @default generate */
            kind: components["schemas"]["JobKind"];
            status: components["schemas"]["JobState"];
            /** Priority */
            priority: number;
            /** Attempt */
            attempt: number;
            disconnect: components["schemas"]["Disconnect"];
            /**
             * Created
             * Format: date-time
             */
            created: string;
            /** Started */
            started: string | null;
            /** Finished */
            finished: string | null;
            /** Queue Position */
            queue_position?: number | null;
            progress?: components["schemas"]["JobProgress"] | null;
            plan: components["schemas"]["Plan"] | null;
            parameters: components["schemas"]["Parameters"] | null;
            /** Images */
            images: components["schemas"]["PictureView"][];
            /** Request */
            request?: (components["schemas"]["DownloadRequest"] | components["schemas"]["HashRequest"] | components["schemas"]["ConversionRequest"]) | null;
            /**
             * Files
             * @default []
             */
            files: components["schemas"]["WorkedFile"][];
            /** Generation Time */
            generation_time: number | null;
            error: components["schemas"]["JobError"] | null;
        };
        JsonValue: unknown;
        /**
         * Level
         * @description How grave a line is, from the least.
         * @enum {string}
         */
        Level: "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";
        /**
         * Limits
         * @description What is accepted.
         */
        Limits: {
            /**
             * Min Side
             * @default 64
             */
            min_side: number;
            /**
             * Max Side
             * @default 4096
             */
            max_side: number;
            /**
             * Max Seed
             * @default 9007199254740991
             */
            max_seed: number;
            /** Max Steps */
            max_steps: number;
            /** Max Batch Count */
            max_batch_count: number;
            /** Max Batch Size */
            max_batch_size: number;
            /** Max Prompt Characters */
            max_prompt_characters: number;
            /** Max Image Bytes */
            max_image_bytes: number;
            /** Max Image Pixels */
            max_image_pixels: number;
            /** Max Body Bytes */
            max_body_bytes: number;
            /** Queue Limit */
            queue_limit: number;
        };
        /**
         * ListedPicture
         * @description A picture as lists show it; `prompt` is its first 300 characters, `created` when its job was asked for.
         */
        ListedPicture: {
            /** Job Id */
            job_id: string;
            /** Index */
            index: number;
            /** Name */
            name: string;
            /** Prompt */
            prompt: string;
            /** Model */
            model: string;
            mode: components["schemas"]["Mode"];
            /** Seed */
            seed: number;
            /** Width */
            width: number;
            /** Height */
            height: number;
            /** Bytes */
            bytes: number;
            /** Favourite */
            favourite: boolean;
            /**
             * Created
             * Format: date-time
             */
            created: string;
        };
        /**
         * LoadedView
         * @description A model in memory: by which plan, how much main memory its worker takes, whether a job is on it.
         */
        LoadedView: {
            plan: components["schemas"]["Plan"];
            /** Memory */
            memory: number;
            /** Busy */
            busy: boolean;
            /** Load Seconds */
            load_seconds: number;
        };
        /**
         * LogLine
         * @description A line of the log.
         *
         *     Attributes:
         *         number: Counts up from 1, over all lines since the server started.
         *         logger: Who says it; `safelight.workers.output` is what engines and their libraries print.
         *         message: The line, with what belongs to it (a traceback) below.
         *         request_id: Of the request it was said in.
         */
        LogLine: {
            /** Number */
            number: number;
            /**
             * Time
             * Format: date-time
             */
            time: string;
            level: components["schemas"]["Level"];
            /** Logger */
            logger: string;
            /** Message */
            message: string;
            /** Request Id */
            request_id?: string | null;
        };
        /**
         * LogPage
         * @description Lines in order; `last` is the number to ask after next time, also when no line passed the filter.
         */
        LogPage: {
            /** Lines */
            lines: components["schemas"]["LogLine"][];
            /** Last */
            last: number;
        };
        /**
         * Marked
         * @description Pictures that are to be favourites from now on, or not to be.
         */
        Marked: {
            /** Pictures */
            pictures: components["schemas"]["PictureRef"][];
            /** Favourite */
            favourite: boolean;
        };
        /**
         * Memory
         * @description Bytes of main memory, and what is known of a GPU's.
         *
         *     Attributes:
         *         ram: `total` of the machine, `used` by the server and its workers, `free` on the machine.
         *         cuda: `error`: the server itself does not look at GPUs.
         */
        Memory: {
            /** Ram */
            ram: {
                [key: string]: number;
            };
            /** Cuda */
            cuda: {
                [key: string]: string;
            };
        };
        /**
         * Missing
         * @description A companion that a model lacks.
         *
         *     Attributes:
         *         role: What it would be to the model.
         *         label: What it is, for people.
         *         optional: Whether the model also runs, worse, without it.
         *         offer: Where to get it, when a place is known.
         */
        Missing: {
            role: components["schemas"]["Role"];
            /** Label */
            label: string;
            /**
             * Optional
             * @default false
             */
            optional: boolean;
            offer?: components["schemas"]["WellKnown"] | null;
        };
        /**
         * Mode
         * @description What a request starts from.
         * @enum {string}
         */
        Mode: "text-to-image" | "image-to-image" | "inpaint";
        /**
         * ModeItem
         * @description A name in a list.
         */
        ModeItem: {
            /** Name */
            name: string;
        };
        /**
         * ModelAnswer
         * @description A model as OpenAI describes one. `created` is when its file was last changed, in Unix seconds.
         */
        ModelAnswer: {
            /** Id */
            id: string;
            /**
             * Object
             * @default model
             * @constant
             */
            object: "model";
            /** Created */
            created: number;
            /**
             * Owned By
             * @default safelight
             */
            owned_by: string;
        };
        /**
         * ModelFormat
         * @description How a model is stored.
         * @enum {string}
         */
        ModelFormat: "safetensors" | "ckpt" | "gguf" | "diffusers" | "text";
        /**
         * ModelKind
         * @description What part of a pipeline a file holds.
         * @enum {string}
         */
        ModelKind: "checkpoint" | "diffusion_model" | "vae" | "taesd" | "text_encoder" | "clip_vision" | "lora" | "embedding" | "controlnet" | "upscaler" | "photomaker" | "presets" | "prompts" | "neg_prompts" | "unknown";
        /**
         * ModelList
         * @description None are offered yet.
         */
        ModelList: {
            /**
             * Model List
             * @default []
             */
            model_list: string[];
        };
        /**
         * ModelPage
         * @description One page of models; `total` counts all that match.
         */
        ModelPage: {
            /** Models */
            models: components["schemas"]["ModelView"][];
            /** Total */
            total: number;
            /** Page */
            page: number;
            /** Limit */
            limit: number;
            /** Pages */
            pages: number;
        };
        /**
         * ModelPlans
         * @description The engines that run a model and their plans, each in the order in which they are tried.
         */
        ModelPlans: {
            /** Model */
            model: string;
            /** Engines */
            engines: components["schemas"]["EngineProspect"][];
            /** Plans */
            plans: components["schemas"]["PlanProspect"][];
        };
        /**
         * ModelType
         * @description A type of models.
         *
         *     Attributes:
         *         type: As in the lists; what `type` of `/models` takes.
         *         value: Its number in stable-diffusion.cpp-rest, where it has one.
         *         description: What such a file does.
         *         extensions: Suffixes of its files.
         *         folders: Names of folders that are taken to be for it, in lower case.
         *         supported: Whether anything here uses it yet.
         *         count: How many there are.
         */
        ModelType: {
            /** Type */
            type: components["schemas"]["ModelKind"] | "esrgan";
            /** Value */
            value: number | null;
            /** Description */
            description: string;
            /** Extensions */
            extensions: string[];
            /** Folders */
            folders: string[];
            /** Supported */
            supported: boolean;
            /** Count */
            count: number;
        };
        /**
         * ModelView
         * @description A model as clients see it.
         *
         *     Attributes:
         *         id: The name to send as `model`.
         *         type: What part of a pipeline it is.
         *         source: Whether it came with Safelight, lies in a models folder, or in the Hugging Face cache.
         *         path: Below that folder.
         *         dtype: Number type or quantisation of most weights.
         *         size: Bytes of its weights.
         *         modified: When its file last changed.
         *         sha256: Once it was computed and as long as the file stays as it is.
         *         engines: Engines here that run it, the preferred one first; empty when none does.
         *         ready: Whether it can be drawn with now.
         *         components: Companions that it needs and that were found.
         *         missing: Companions that it lacks, and where they are published.
         *         problem: Why it can't be run.
         *         evidence: The facts in its header that decided.
         */
        ModelView: {
            /** Id */
            id: string;
            type: components["schemas"]["ModelKind"];
            source: components["schemas"]["Source"];
            /** Path */
            path: string;
            format: components["schemas"]["ModelFormat"];
            /** Architecture */
            architecture: string | null;
            /** Dtype */
            dtype: string | null;
            /** Prediction */
            prediction: ("epsilon" | "v_prediction" | "flow") | null;
            /** Size */
            size: number;
            /** Modified */
            modified: string | null;
            /** Sha256 */
            sha256: string | null;
            /** Engines */
            engines: string[];
            /** Ready */
            ready: boolean;
            /** Modes */
            modes: components["schemas"]["Mode"][];
            defaults: components["schemas"]["Defaults"];
            /** Components */
            components: components["schemas"]["ComponentView"][];
            /** Missing */
            missing: components["schemas"]["Missing"][];
            /** Problem */
            problem: string | null;
            /** Evidence */
            evidence: string[];
            loaded: components["schemas"]["LoadedView"] | null;
        };
        /**
         * ModelsAnswer
         * @description Every model that can draw.
         */
        ModelsAnswer: {
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
            /** Data */
            data: components["schemas"]["ModelAnswer"][];
        };
        /**
         * ModuleList
         * @description None are offered yet.
         */
        ModuleList: {
            /**
             * Module List
             * @default []
             */
            module_list: string[];
            /** Module Detail */
            module_detail?: {
                [key: string]: unknown;
            };
        };
        /**
         * MoveBody
         * @description Another priority, another place (from 0) among the queued jobs of that priority, or both.
         */
        MoveBody: {
            /** Priority */
            priority?: number | null;
            /** Place */
            place?: number | null;
        };
        /**
         * NamedImage
         * @description A picture of a batch.
         */
        NamedImage: {
            /** Data */
            data: string;
            /** Name */
            name?: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * NamedPreset
         * @description A preset with its name.
         *
         *     Attributes:
         *         settings: What it says; None when its file can't be read as one.
         *         problem: Why it can't be.
         *         changed: When its file was written.
         */
        NamedPreset: {
            /** Name */
            name: string;
            settings: components["schemas"]["Preset"] | null;
            /** Problem */
            problem?: string | null;
            /**
             * Changed
             * Format: date-time
             */
            changed: string;
        };
        /**
         * NewPreset
         * @description A preset to save.
         */
        NewPreset: {
            /** Name */
            name: string;
            settings: components["schemas"]["Preset"];
        };
        /**
         * Operation
         * @description What `/models/batch` can do to every model in a list.
         * @enum {string}
         */
        Operation: "load" | "unload" | "validate" | "hash";
        /**
         * OptionsBody
         * @description Settings, all of them or some; those that are not named here are tolerated.
         */
        OptionsBody: {
            /**
             * Sd Model Checkpoint
             * @description A title or name from sd-models, or a hash.
             */
            sd_model_checkpoint?: string | null;
            /** Clip Stop At Last Layers */
            CLIP_stop_at_last_layers?: number | null;
            /**
             * Sd Vae
             * @description Automatic or None; others are not offered yet.
             */
            sd_vae?: string | null;
            /**
             * Forge Additional Modules
             * @description Empty; none are offered yet.
             */
            forge_additional_modules?: string[] | null;
            /**
             * Samples Format
             * @description png, jpg, jpeg or webp.
             */
            samples_format?: string | null;
            /**
             * Jpeg Quality
             * @description Of JPEG and WebP files.
             */
            jpeg_quality?: number | null;
            /**
             * Enable Pnginfo
             * @description Write prompt and settings into picture files.
             */
            enable_pnginfo?: boolean | null;
            /** Live Previews Enable */
            live_previews_enable?: boolean | null;
            /**
             * Show Progress Every N Steps
             * @description Steps between previews; 0 or -1 for none.
             */
            show_progress_every_n_steps?: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * Outcome
         * @description What became of one model of a list.
         *
         *     Attributes:
         *         ok: Whether it was done, or the file is in order.
         *         error: Why not.
         *         engines: Engines that run it, after `validate`.
         *         bytes_read: How much of it was read, after `validate` with `whole`.
         *         doubts: What is allowed in its files, but odd, after `validate`.
         *         checked: What of its numbers was looked at, and what was not, after the same.
         *         sha256: After `hash`.
         *         was_loaded: Whether it was in memory before `load` or `unload`.
         *         loaded: Whether it is now; a busy one is unloaded when its jobs end.
         */
        Outcome: {
            /** Model */
            model: string;
            /** Ok */
            ok: boolean;
            error?: components["schemas"]["JobError"] | null;
            /** Engines */
            engines?: string[] | null;
            /** Bytes Read */
            bytes_read?: number | null;
            /** Doubts */
            doubts?: string[] | null;
            /** Checked */
            checked?: string | null;
            /** Sha256 */
            sha256?: string | null;
            /** Was Loaded */
            was_loaded?: boolean | null;
            /** Loaded */
            loaded?: boolean | null;
        };
        /**
         * Outcomes
         * @description What became of each model, in the order asked for.
         */
        Outcomes: {
            /** Results */
            results: components["schemas"]["Outcome"][];
            /** Failed */
            failed: number;
        };
        /**
         * ParameterList
         * @description Everything a generation call takes; with a model, its defaults and choices.
         */
        ParameterList: {
            /** Model */
            model: string | null;
            /** Modes */
            modes: components["schemas"]["Mode"][];
            /** Parameters */
            parameters: components["schemas"]["ParameterView"][];
        };
        /**
         * ParameterView
         * @description One parameter.
         *
         *     Attributes:
         *         aliases: Other names it is taken by.
         *         type: JSON type: string, integer, number or boolean.
         *         default: What is used when it is left out; null where that is random, or nothing.
         *         exclusive_minimum: The value must be above this.
         *         choices: All values there are, where these can be listed.
         */
        ParameterView: {
            /** Name */
            name: string;
            /** Aliases */
            aliases: string[];
            /** Type */
            type: string;
            /** Description */
            description: string;
            /** Required */
            required: boolean;
            /** Default */
            default: unknown;
            /** Minimum */
            minimum?: number | null;
            /** Exclusive Minimum */
            exclusive_minimum?: number | null;
            /** Maximum */
            maximum?: number | null;
            /** Multiple Of */
            multiple_of?: number | null;
            /** Max Length */
            max_length?: number | null;
            /** Choices */
            choices?: string[] | null;
        };
        /**
         * Parameters
         * @description A complete request in the flat form that clients send.
         */
        Parameters: {
            /** Prompt */
            prompt: string;
            /** Negative Prompt */
            negative_prompt: string;
            /** Model */
            model: string;
            /** Width */
            width: number;
            /** Height */
            height: number;
            /** Steps */
            steps: number;
            /** Cfg Scale */
            cfg_scale: number;
            /** Sampler */
            sampler: string;
            /** Scheduler */
            scheduler: string;
            /** Seed */
            seed: number;
            /** Clip Skip */
            clip_skip: number;
            /** Batch Count */
            batch_count: number;
            /** Batch Size */
            batch_size: number;
            /** Strength */
            strength?: number | null;
            /** Mask Blur */
            mask_blur?: number | null;
            /** Format */
            format: string;
            /** Quality */
            quality: number;
        };
        /**
         * PicturePage
         * @description Some pictures, those of the newest jobs first.
         *
         *     Attributes:
         *         total: All that match.
         *         next: What to send as `after` to have those that follow; null at the end.
         *         models: Names of all models that drew pictures; only when a list begins.
         */
        PicturePage: {
            /** Pictures */
            pictures: components["schemas"]["ListedPicture"][];
            /** Total */
            total: number;
            /** Next */
            next: string | null;
            /** Models */
            models: string[] | null;
        };
        /**
         * PictureRef
         * @description A picture: its job, and its place in that.
         */
        PictureRef: {
            /** Job Id */
            job_id: string;
            /** Index */
            index: number;
        };
        /**
         * PictureView
         * @description A finished picture. `data` is the file in base64, only where a response carries pictures.
         */
        PictureView: {
            /** Index */
            index: number;
            /** Name */
            name: string;
            /** Seed */
            seed: number;
            /** Width */
            width: number;
            /** Height */
            height: number;
            /** Bytes */
            bytes: number;
            /** Url */
            url: string;
            /** Thumbnail Url */
            thumbnail_url: string;
            /** Infotext */
            infotext: string;
            /** Notes */
            notes: string[];
            parameters: components["schemas"]["Parameters"];
            /** Data */
            data?: string | null;
        };
        /**
         * PlanProspect
         * @description A plan with what it is expected to take for a picture of the model's own size.
         *
         *     Attributes:
         *         failure: What was seen when it, or one that rules it out, failed here.
         *         failed: When that was.
         */
        PlanProspect: {
            plan: components["schemas"]["Plan"];
            footprint: components["schemas"]["Footprint"] | null;
            /** Available */
            available: number;
            /** Fits */
            fits: boolean | null;
            /** Reason */
            reason: string;
            /** Seconds */
            seconds?: number | null;
            verdict: components["schemas"]["Verdict"];
            /** Failure */
            failure?: string | null;
            /** Failed */
            failed?: string | null;
        };
        /**
         * Preset
         * @description Settings, each within the range that requests have; None leaves it open. Samplers and schedulers: our names.
         */
        Preset: {
            /** Prompt */
            prompt?: string | null;
            /** Negative Prompt */
            negative_prompt?: string | null;
            /** Model */
            model?: string | null;
            /** Width */
            width?: number | null;
            /** Height */
            height?: number | null;
            /** Steps */
            steps?: number | null;
            /** Cfg Scale */
            cfg_scale?: number | null;
            /** Sampler */
            sampler?: string | null;
            /** Scheduler */
            scheduler?: string | null;
            /** Seed */
            seed?: number | null;
            /** Batch Count */
            batch_count?: number | null;
            /** Batch Size */
            batch_size?: number | null;
            /** Clip Skip */
            clip_skip?: number | null;
            /** Strength */
            strength?: number | null;
            /** Mask Blur */
            mask_blur?: number | null;
            format?: components["schemas"]["OutputFormat"] | null;
            /** Quality */
            quality?: number | null;
        };
        /**
         * Profile
         * @description A caller. `name` is its key's, and empty where no key is asked for; `scopes` are all that its key includes.
         */
        Profile: {
            /** Name */
            name: string;
            scope: components["schemas"]["Scope"];
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
        };
        /**
         * ProgressReply
         * @description How far the caller's running job is.
         *
         *     Attributes:
         *         progress: 0 to 1; 0 when nothing runs.
         *         eta_relative: Seconds until the last step; 0 when that is not known.
         *         current_image: The latest preview, JPEG in base64.
         *         textinfo: What is being done.
         */
        ProgressReply: {
            /** Progress */
            progress: number;
            /** Eta Relative */
            eta_relative: number;
            state: components["schemas"]["ProgressState"];
            /** Current Image */
            current_image?: string | null;
            /** Textinfo */
            textinfo?: string | null;
        };
        /**
         * ProgressState
         * @description A1111's `state`. `job_count` is how many pictures the running call draws, 0 when nothing runs or waits.
         */
        ProgressState: {
            /**
             * Skipped
             * @default false
             */
            skipped: boolean;
            /**
             * Interrupted
             * @default false
             */
            interrupted: boolean;
            /**
             * Stopping Generation
             * @default false
             */
            stopping_generation: boolean;
            /**
             * Job
             * @default
             */
            job: string;
            /**
             * Job Count
             * @default 0
             */
            job_count: number;
            /**
             * Job Timestamp
             * @default 0
             */
            job_timestamp: string;
            /**
             * Job No
             * @default 0
             */
            job_no: number;
            /**
             * Sampling Step
             * @default 0
             */
            sampling_step: number;
            /**
             * Sampling Steps
             * @default 0
             */
            sampling_steps: number;
        };
        /**
         * PromptTemplate
         * @description Words under a name; `negative`: for the negative prompt.
         */
        PromptTemplate: {
            /** Name */
            name: string;
            /** Negative */
            negative: boolean;
            /** Text */
            text: string;
        };
        /**
         * PullBody
         * @description A model to fetch into the models folder: `source`, or `missing_for` a model its companions.
         */
        PullBody: {
            /**
             * Source
             * @description hf:org/repo, hf:org/repo/file, civitai:MODEL, civitai:MODEL@VERSION, or https://…
             */
            source?: string | null;
            /**
             * Missing For
             * @description A name from /models.
             */
            missing_for?: string | null;
            /**
             * Sha256
             * @description What the file must have.
             */
            sha256?: string | null;
            /** @description What it is, where its header does not say. */
            type?: components["schemas"]["ModelKind"] | null;
            /**
             * Name
             * @description What to call the file here.
             */
            name?: string | null;
            /**
             * Wait
             * @description Answer when it is there, or at once.
             * @default false
             */
            wait: boolean;
        };
        /**
         * QueueStatus
         * @description The queue of what draws, now. Jobs and counts are the caller's own, or everyone's for an admin.
         *
         *     Attributes:
         *         paused: No further job is begun until somebody resumes.
         *         problem: Why no job can be begun, when the job database refuses.
         *         waiting: Queued jobs of everybody.
         *         limit: How many may wait.
         *         counts: Jobs by status, ended ones included.
         *         running: What is being drawn.
         *         queued: What waits, in the order in which it is due, not counting fairness between users.
         */
        QueueStatus: {
            /** Paused */
            paused: boolean;
            /** Problem */
            problem: string | null;
            /** Waiting */
            waiting: number;
            /** Limit */
            limit: number;
            /** Counts */
            counts: {
                [key: string]: number;
            };
            /** Running */
            running: components["schemas"]["JobView"][];
            /** Queued */
            queued: components["schemas"]["JobView"][];
        };
        /**
         * Rank
         * @description Why an engine comes where it does: it is asked for, the only one, faster here, preferred, or after another.
         * @enum {string}
         */
        Rank: "asked" | "only" | "faster" | "preferred" | "next";
        /**
         * RememberedView
         * @description A plan that failed.
         *
         *     Attributes:
         *         device: The maker's name for the device.
         *         architecture: The family of models that it failed with.
         *         pixels: Pictures with this many pixels and more are concerned; 0 for all.
         *         reason: What was seen, in one sentence.
         */
        RememberedView: {
            /** Id */
            id: string;
            plan: components["schemas"]["Plan"];
            cause: components["schemas"]["Cause"];
            /** Reason */
            reason: string;
            /** Pixels */
            pixels: number;
            /** Architecture */
            architecture: string;
            /** Device */
            device: string;
            /** Driver */
            driver: string;
            /** Engine Version */
            engine_version: string;
            /** Machine */
            machine: string;
            /**
             * When
             * Format: date-time
             */
            when: string;
        };
        /**
         * ResizeBody
         * @description A picture and the size it should have; with one side given, the other keeps its shape.
         */
        ResizeBody: {
            /**
             * Image
             * @description base64, a data URL, or an http(s) URL where the server fetches those
             */
            image: string;
            /** @default png */
            format: components["schemas"]["OutputFormat"];
            /**
             * Quality
             * @default 92
             */
            quality: number;
            /** Width */
            width?: number | null;
            /** Height */
            height?: number | null;
            /**
             * @description Where the shape changes: distort, fit inside, or cut.
             * @default stretch
             */
            fit: components["schemas"]["Fit"];
        };
        /**
         * Role
         * @description What a companion file is to a diffusion model that does not hold it itself.
         * @enum {string}
         */
        Role: "vae" | "clip_l" | "clip_g" | "t5xxl" | "llm" | "clip_vision" | "high_noise_diffusion_model";
        /**
         * SamplerItem
         * @description A sampler by its display name.
         */
        SamplerItem: {
            /** Name */
            name: string;
            /** Aliases */
            aliases: string[];
            /** Options */
            options?: {
                [key: string]: unknown;
            };
        };
        /**
         * SamplerView
         * @description A sampler: its name and other spellings, and the schedulers each engine runs it with.
         *
         *     `missing` says, by engine, why it has not got it. `default`: whether the model asked about uses it by itself.
         */
        SamplerView: {
            /** Name */
            name: string;
            /** Label */
            label: string;
            /** Aliases */
            aliases: string[];
            /** Engines */
            engines: {
                [key: string]: string[];
            };
            /** Missing */
            missing: {
                [key: string]: string;
            };
            /** Default */
            default: boolean | null;
        };
        /**
         * SchedulerItem
         * @description A noise schedule.
         */
        SchedulerItem: {
            /** Name */
            name: string;
            /** Label */
            label: string;
            /** Aliases */
            aliases?: string[] | null;
            /**
             * Default Rho
             * @default -1
             */
            default_rho: number;
            /**
             * Need Inner Model
             * @default false
             */
            need_inner_model: boolean;
        };
        /**
         * SchedulerView
         * @description A scheduler: its name and other spellings, and the samplers each engine runs with it.
         */
        SchedulerView: {
            /** Name */
            name: string;
            /** Label */
            label: string;
            /** Aliases */
            aliases: string[];
            /** Engines */
            engines: {
                [key: string]: string[];
            };
            /** Default */
            default: boolean | null;
        };
        /**
         * Scope
         * @description What a key allows. `admin` includes the others, `generate` includes `read`.
         * @enum {string}
         */
        Scope: "read" | "generate" | "admin";
        /**
         * ScriptList
         * @description Scripts; there are none.
         */
        ScriptList: {
            /**
             * Txt2Img
             * @default []
             */
            txt2img: string[];
            /**
             * Img2Img
             * @default []
             */
            img2img: string[];
        };
        /**
         * ServerStatus
         * @description How the server is, for everybody; names of models are for callers with a key, where keys are asked for.
         */
        ServerStatus: {
            /**
             * Status
             * @enum {string}
             */
            status: "ok" | "paused" | "storage_problem" | "stopping";
            /** Version */
            version: string;
            /** Uptime Seconds */
            uptime_seconds: number;
            /** Running */
            running: number;
            /** Waiting */
            waiting: number;
            /** Queue Limit */
            queue_limit: number;
            /** Loaded */
            loaded: number;
            /** Loaded Models */
            loaded_models: string[] | null;
            /** Private */
            private: boolean;
        };
        /**
         * Setting
         * @description A setting: its value now (a secret is only said to be set or not), and what it means.
         */
        Setting: {
            /** Name */
            name: string;
            /** Value */
            value: unknown;
            /** Environment */
            environment: string;
            /** Description */
            description: string;
        };
        /**
         * SingleBody
         * @description A picture to resize: base64 or a data URL.
         */
        SingleBody: {
            /**
             * Resize Mode
             * @description 0 by a factor, 1 to a size.
             * @default 0
             */
            resize_mode: number | null;
            /**
             * Show Extras Results
             * @default true
             */
            show_extras_results: boolean | null;
            /**
             * Gfpgan Visibility
             * @default 0
             */
            gfpgan_visibility: number | null;
            /**
             * Codeformer Visibility
             * @default 0
             */
            codeformer_visibility: number | null;
            /**
             * Codeformer Weight
             * @default 0
             */
            codeformer_weight: number | null;
            /**
             * Upscaling Resize
             * @default 2
             */
            upscaling_resize: number | null;
            /**
             * Upscaling Resize W
             * @default 512
             */
            upscaling_resize_w: number | null;
            /**
             * Upscaling Resize H
             * @default 512
             */
            upscaling_resize_h: number | null;
            /**
             * Upscaling Crop
             * @description Cut off what the size has no room for.
             * @default true
             */
            upscaling_crop: boolean | null;
            /**
             * Upscaler 1
             * @description A name from upscalers.
             * @default None
             */
            upscaler_1: string | null;
            /**
             * Upscaler 2
             * @default None
             */
            upscaler_2: string | null;
            /**
             * Extras Upscaler 2 Visibility
             * @default 0
             */
            extras_upscaler_2_visibility: number | null;
            /**
             * Upscale First
             * @default false
             */
            upscale_first: boolean | null;
            /** Image */
            image: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * SingleReply
         * @description The picture, PNG in base64.
         */
        SingleReply: {
            /**
             * Html Info
             * @default
             */
            html_info: string;
            /** Image */
            image: string;
        };
        /**
         * Size
         * @description Width and height in pixels, multiples of 8.
         */
        Size: {
            /** Width */
            width: number;
            /** Height */
            height: number;
        };
        /**
         * SortBy
         * @description What a list of models can be sorted by.
         * @enum {string}
         */
        SortBy: "name" | "size" | "date" | "type";
        /**
         * Source
         * @description Who put models where they are.
         * @enum {string}
         */
        Source: "embedded" | "models" | "huggingface";
        /**
         * State
         * @description What the server can do now.
         * @enum {string}
         */
        State: "starting" | "ready" | "paused" | "degraded" | "stopping";
        /**
         * Stats
         * @description What there is and what was loaded; `crashes` counts dead workers by signal, exit code or `hung`.
         */
        Stats: {
            /** Models */
            models: number;
            /** Bytes */
            bytes: number;
            /** Unusable */
            unusable: number;
            /** By Type */
            by_type: {
                [key: string]: number;
            };
            /** By Architecture */
            by_architecture: {
                [key: string]: number;
            };
            /** By Format */
            by_format: {
                [key: string]: number;
            };
            /** Loaded */
            loaded: string[];
            /** Loaded Bytes */
            loaded_bytes: number;
            /** Memory Budget */
            memory_budget: number;
            /** Loads */
            loads: number;
            /** Load Seconds */
            load_seconds: number;
            /** Evictions */
            evictions: number;
            /** Fallbacks */
            fallbacks: number;
            /** Crashes */
            crashes: {
                [key: string]: number;
            };
        };
        /**
         * System
         * @description The machine, the engines and what they can do; `features` that are false answer 501.
         */
        System: {
            hardware: components["schemas"]["Hardware"];
            /** Engines */
            engines: components["schemas"]["EngineView"][];
            /** Modes */
            modes: components["schemas"]["Mode"][];
            /** Formats */
            formats: components["schemas"]["OutputFormat"][];
            /** Features */
            features: {
                [key: string]: boolean;
            };
            limits: components["schemas"]["Limits"];
        };
        /**
         * TokenDetails
         * @description No tokens.
         */
        TokenDetails: {
            /**
             * Image Tokens
             * @default 0
             */
            image_tokens: number;
            /**
             * Text Tokens
             * @default 0
             */
            text_tokens: number;
        };
        /**
         * TutorialHealth
         * @description `status` is "healthy", or the state that is not. `device` is that of the model used last, or "unknown".
         */
        TutorialHealth: {
            /** Status */
            status: string;
            /** Model Loaded */
            model_loaded: boolean;
            /** Device */
            device: string;
        };
        /**
         * Txt2ImgBody
         * @description What to draw from words.
         */
        Txt2ImgBody: {
            /**
             * Prompt
             * @default
             */
            prompt: string | null;
            /**
             * Negative Prompt
             * @default
             */
            negative_prompt: string | null;
            /** Styles */
            styles?: string[] | null;
            /**
             * Seed
             * @description Negative draws one at random; `info` names it.
             * @default -1
             */
            seed: number | null;
            /**
             * Subseed
             * @default -1
             */
            subseed: number | null;
            /**
             * Subseed Strength
             * @default 0
             */
            subseed_strength: number | null;
            /**
             * Seed Resize From W
             * @default -1
             */
            seed_resize_from_w: number | null;
            /**
             * Seed Resize From H
             * @default -1
             */
            seed_resize_from_h: number | null;
            /**
             * Sampler Name
             * @description Such as `DPM++ 2M`, or `DPM++ 2M Karras`.
             */
            sampler_name?: string | null;
            /**
             * Sampler Index
             * @description The older name of sampler_name.
             */
            sampler_index?: string | null;
            /**
             * Scheduler
             * @description Such as karras; Automatic lets the sampler choose.
             */
            scheduler?: string | null;
            /**
             * Batch Size
             * @default 1
             */
            batch_size: number | null;
            /**
             * N Iter
             * @default 1
             */
            n_iter: number | null;
            /** Steps */
            steps?: number | null;
            /** Cfg Scale */
            cfg_scale?: number | null;
            /**
             * Width
             * @description Rounded down to a multiple of 8.
             */
            width?: number | null;
            /**
             * Height
             * @description Rounded down to a multiple of 8.
             */
            height?: number | null;
            /** Clip Skip */
            clip_skip?: number | null;
            /** Denoising Strength */
            denoising_strength?: number | null;
            /**
             * Restore Faces
             * @default false
             */
            restore_faces: boolean | null;
            /**
             * Tiling
             * @default false
             */
            tiling: boolean | null;
            /** Eta */
            eta?: number | null;
            /** S Churn */
            s_churn?: number | null;
            /** S Tmin */
            s_tmin?: number | null;
            /** S Tmax */
            s_tmax?: number | null;
            /** S Noise */
            s_noise?: number | null;
            /** S Min Uncond */
            s_min_uncond?: number | null;
            /** Refiner Checkpoint */
            refiner_checkpoint?: string | null;
            /**
             * Disable Extra Networks
             * @default false
             */
            disable_extra_networks: boolean | null;
            /** Firstpass Image */
            firstpass_image?: string | null;
            /** Infotext */
            infotext?: string | null;
            /** Script Name */
            script_name?: string | null;
            /** Script Args */
            script_args?: unknown[] | null;
            /** Alwayson Scripts */
            alwayson_scripts?: {
                [key: string]: unknown;
            } | null;
            /** @description Settings for this request only. */
            override_settings?: components["schemas"]["OptionsBody"] | null;
            /**
             * Override Settings Restore Afterwards
             * @default true
             */
            override_settings_restore_afterwards: boolean | null;
            /**
             * Send Images
             * @default true
             */
            send_images: boolean | null;
            /**
             * Save Images
             * @description Makes no difference: the job keeps its pictures.
             * @default false
             */
            save_images: boolean | null;
            /**
             * Enable Hr
             * @default false
             */
            enable_hr: boolean | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * TypedFolder
         * @description A folder below a models folder whose name says what it is for.
         */
        TypedFolder: {
            /** Path */
            path: string;
            /** Type */
            type: components["schemas"]["ModelKind"] | "esrgan";
            /** Models */
            models: number;
            /** Bytes */
            bytes: number;
        };
        /**
         * UpscaleBody
         * @description A request to enlarge a picture, which is not offered yet.
         */
        UpscaleBody: {
            /** Image */
            image: string;
            /** Esrgan Model */
            esrgan_model?: string | null;
            /**
             * Upscale Factor
             * @default 4
             */
            upscale_factor: number;
            /** Wait */
            wait?: boolean | null;
        };
        /**
         * UpscalerItem
         * @description A way to resize a picture.
         */
        UpscalerItem: {
            /** Name */
            name: string;
            /** Model Name */
            model_name?: string | null;
            /** Model Path */
            model_path?: string | null;
            /** Model Url */
            model_url?: string | null;
            /**
             * Scale
             * @default 4
             */
            scale: number;
        };
        /**
         * Usage
         * @description Tokens, of which none are counted: pictures cost nothing but time. Clients expect the fields.
         */
        Usage: {
            /**
             * Input Tokens
             * @default 0
             */
            input_tokens: number;
            /**
             * @default {
             *       "image_tokens": 0,
             *       "text_tokens": 0
             *     }
             */
            input_tokens_details: components["schemas"]["TokenDetails"];
            /**
             * Output Tokens
             * @default 0
             */
            output_tokens: number;
            /**
             * @default {
             *       "image_tokens": 0,
             *       "text_tokens": 0
             *     }
             */
            output_tokens_details: components["schemas"]["TokenDetails"];
            /**
             * Total Tokens
             * @default 0
             */
            total_tokens: number;
        };
        /**
         * ValidateBody
         * @description Names of models; none means all.
         *
         *     Attributes:
         *         whole: Read the files to their last byte, rather than headers and some numbers. It takes as long as copying,
         *             so the models must be named.
         */
        ValidateBody: {
            /**
             * Models
             * @default []
             */
            models: string[];
            /**
             * Whole
             * @default false
             */
            whole: boolean;
        };
        /**
         * Validity
         * @description The key that was sent is good.
         */
        Validity: {
            /** Name */
            name: string;
            scope: components["schemas"]["Scope"];
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
            /**
             * Valid
             * @default true
             */
            valid: boolean;
        };
        /**
         * Verdict
         * @description What becomes of a plan: tried first, or when those before it failed; too large; avoided, as it failed before.
         * @enum {string}
         */
        Verdict: "first" | "next" | "too_large" | "avoided";
        /**
         * WellKnown
         * @description A companion's published file.
         *
         *     Attributes:
         *         role: What it is to a model.
         *         companion: Which `Companion` it is.
         *         families: Beginnings of the architectures that it belongs to; empty for all that accept the companion. Some
         *             families have VAEs with the same tensors and other numbers, so a fingerprint alone would fetch a wrong one.
         *         repository: On Hugging Face.
         *         file: In it.
         *         licence: Under which it is published there, as the host names it, else as its makers do.
         *         source: Where that was read.
         *         gated: Whether the host wants a login and a consent.
         */
        WellKnown: {
            role: components["schemas"]["Role"];
            /** Companion */
            companion: string;
            /**
             * Families
             * @default []
             */
            families: string[];
            /** Repository */
            repository: string;
            /** File */
            file: string;
            /** Licence */
            licence: string;
            /** Source */
            source: string;
            /**
             * Gated
             * @default false
             */
            gated: boolean;
        };
        /**
         * Version
         * @description 0: there is none.
         */
        safelight__server__routes__a1111__controlnet__Version: {
            /**
             * Version
             * @default 0
             */
            version: number;
        };
        /**
         * BatchBody
         * @description Pictures to resize, all in one way.
         */
        safelight__server__routes__a1111__images__BatchBody: {
            /**
             * Resize Mode
             * @description 0 by a factor, 1 to a size.
             * @default 0
             */
            resize_mode: number | null;
            /**
             * Show Extras Results
             * @default true
             */
            show_extras_results: boolean | null;
            /**
             * Gfpgan Visibility
             * @default 0
             */
            gfpgan_visibility: number | null;
            /**
             * Codeformer Visibility
             * @default 0
             */
            codeformer_visibility: number | null;
            /**
             * Codeformer Weight
             * @default 0
             */
            codeformer_weight: number | null;
            /**
             * Upscaling Resize
             * @default 2
             */
            upscaling_resize: number | null;
            /**
             * Upscaling Resize W
             * @default 512
             */
            upscaling_resize_w: number | null;
            /**
             * Upscaling Resize H
             * @default 512
             */
            upscaling_resize_h: number | null;
            /**
             * Upscaling Crop
             * @description Cut off what the size has no room for.
             * @default true
             */
            upscaling_crop: boolean | null;
            /**
             * Upscaler 1
             * @description A name from upscalers.
             * @default None
             */
            upscaler_1: string | null;
            /**
             * Upscaler 2
             * @default None
             */
            upscaler_2: string | null;
            /**
             * Extras Upscaler 2 Visibility
             * @default 0
             */
            extras_upscaler_2_visibility: number | null;
            /**
             * Upscale First
             * @default false
             */
            upscale_first: boolean | null;
            /** Imagelist */
            imageList: components["schemas"]["NamedImage"][];
        } & {
            [key: string]: unknown;
        };
        /**
         * BatchBody
         * @description Do `operation` with each of `models`.
         */
        safelight__server__routes__model_files__BatchBody: {
            operation: components["schemas"]["Operation"];
            /** Models */
            models: string[];
        };
        /**
         * Version
         * @description What runs here; all but the first two are for callers with a key, where keys are asked for.
         */
        safelight__server__routes__system__Version: {
            /** Version */
            version: string;
            /**
             * Api
             * @default v1
             * @constant
             */
            api: "v1";
            /** Python */
            python?: string | null;
            /** Platform */
            platform?: string | null;
            /** Libraries */
            libraries?: {
                [key: string]: string | null;
            } | null;
        };
        /**
         * ProblemDetails
         * @description Problem details (RFC 9457) with a code to act on and a hint for people.
         */
        Problem: {
            /**
             * Type
             * @description urn:safelight:error: and the code
             */
            type: string;
            /** Title */
            title: string;
            /** Status */
            status: number;
            /** Code */
            code: string;
            /**
             * Detail
             * @description One sentence that says what happened.
             */
            detail: string;
            /**
             * Hint
             * @description What to do about it.
             * @default null
             */
            hint: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    generate_api_v1_generate_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A second request under the same key answers with the first one's job; another request with 409. */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerateBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Queued, as `wait` was false */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Gateway Timeout */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    text2img_api_v1_generate_text2img_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A second request under the same key answers with the first one's job; another request with 409. */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerateBody"];
            };
        };
        responses: {
            /** @description Completed, as `wait` was true */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Gateway Timeout */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    img2img_api_v1_generate_img2img_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A second request under the same key answers with the first one's job; another request with 409. */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerateBody"];
            };
        };
        responses: {
            /** @description Completed, as `wait` was true */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Gateway Timeout */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inpainting_api_v1_generate_inpainting_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A second request under the same key answers with the first one's job; another request with 409. */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerateBody"];
            };
        };
        responses: {
            /** @description Completed, as `wait` was true */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Gateway Timeout */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    controlnet_api_v1_generate_controlnet_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ControlNetBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Implemented */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upscale_api_v1_generate_upscale_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpscaleBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Implemented */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_jobs_api_v1_jobs_get: {
        parameters: {
            query?: {
                status?: components["schemas"]["JobState"][] | null;
                kind?: components["schemas"]["JobKind"][] | null;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobList"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_api_v1_jobs__job_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the generation call answered it. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_api_v1_jobs__job_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the generation call answered it. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_api_v1_jobs__job_id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the generation call answered it. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_api_v1_jobs__job_id__retry_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the generation call answered it. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    move_api_v1_jobs__job_id__move_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the generation call answered it. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    output_api_v1_jobs__job_id__output__filename__get: {
        parameters: {
            query?: {
                thumb?: boolean;
                size?: number;
            };
            header?: never;
            path: {
                /** @description As the generation call answered it. */
                job_id: string;
                filename: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": unknown;
                    "image/jpeg": unknown;
                    "image/webp": unknown;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_output_api_v1_jobs__job_id__output__filename__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the generation call answered it. */
                job_id: string;
                filename: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    find_api_v1_pictures_get: {
        parameters: {
            query?: {
                /** @description Words in prompt, model or seed; all of them. */
                search?: string;
                model?: string | null;
                mode?: components["schemas"]["Mode"] | null;
                /** @description Asked for at this time or later. */
                since?: string | null;
                /** @description Asked for before this time. */
                until?: string | null;
                favourite?: boolean | null;
                job?: string | null;
                /** @description `next` of the answer before. */
                after?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PicturePage"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    mark_api_v1_pictures_favourite_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Marked"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changed"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_api_v1_pictures_delete_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Doomed"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changed"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    status_api_v1_queue_status_get: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueStatus"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_api_v1_queue_job__job_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the generation call answered it. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    output_api_v1_queue_job__job_id__output__filename__get: {
        parameters: {
            query?: {
                thumb?: boolean;
                size?: number;
            };
            header?: never;
            path: {
                /** @description As the generation call answered it. */
                job_id: string;
                filename: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": unknown;
                    "image/jpeg": unknown;
                    "image/webp": unknown;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_api_v1_queue_cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancelBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    clear_api_v1_queue_clear_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cleared"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_api_v1_queue_pause_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueStatus"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_api_v1_queue_resume_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueStatus"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events_api_v1_events_get: {
        parameters: {
            query?: {
                /** @description Only this job's events. */
                job?: string | null;
                /** @description Replay durable events after this number; 0 replays all there are. */
                after?: number | null;
            };
            header?: {
                /** @description Sent by browsers that reconnect. */
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    convert_api_v1_models_convert_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConvertBody"];
            };
        };
        responses: {
            /** @description It is written, as `wait` was given. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pull_api_v1_models_pull_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PullBody"];
            };
        };
        responses: {
            /** @description It is there, as `wait` was given. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Bad Gateway */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    plans_of_api_v1_models__model_id__plans_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelPlans"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    batch_api_v1_models_batch_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["safelight__server__routes__model_files__BatchBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Outcomes"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    validate_api_v1_models_validate_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ValidateBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Outcomes"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hash_models_api_v1_models_hash_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["HashBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Outcomes"] | components["schemas"]["JobView"];
                };
            };
            /** @description Queued, as `wait` was false. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_models_api_v1_models_get: {
        parameters: {
            query?: {
                type?: components["schemas"]["ModelKind"] | "esrgan" | null;
                /** @description Words in names and descriptions. */
                search?: string;
                sort_by?: components["schemas"]["SortBy"];
                sort_order?: "asc" | "desc";
                page?: number;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelPage"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    types_api_v1_models_types_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelType"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_directories_api_v1_models_directories_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Directory"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stats_api_v1_models_stats_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stats"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refresh_api_v1_models_refresh_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stats"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    load_api_v1_models__model_id__load_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As `/models` lists it; it may hold slashes. */
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Gateway Timeout */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unload_api_v1_models__model_id__unload_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As `/models` lists it; it may hold slashes. */
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Outcome"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_api_v1_models__model_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As `/models` lists it; it may hold slashes. */
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    samplers_api_v1_samplers_get: {
        parameters: {
            query?: {
                /** @description What this model can do. */
                model?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SamplerView"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    schedulers_api_v1_schedulers_get: {
        parameters: {
            query?: {
                /** @description What this model can do. */
                model?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchedulerView"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_parameters_api_v1_parameters_get: {
        parameters: {
            query?: {
                /** @description What this model can do. */
                model?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ParameterList"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    validate_api_v1_validate_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerateBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Checked"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    estimated_api_v1_estimate_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerateBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EstimateView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_presets_api_v1_presets_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NamedPreset"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_api_v1_presets_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPreset"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NamedPreset"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_api_v1_presets__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NamedPreset"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replace_api_v1_presets__name__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangedPreset"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NamedPreset"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_api_v1_presets__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore_api_v1_presets__name__restore_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NamedPreset"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_prompts_api_v1_prompts_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptTemplate"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resize_api_v1_image_resize_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResizeBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    crop_api_v1_image_crop_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CropBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    download_api_v1_image_download_get: {
        parameters: {
            query: {
                url: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    status_api_v1_status_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerStatus"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_version_api_v1_version_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["safelight__server__routes__system__Version"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    system_api_v1_system_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["System"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    config_api_v1_config_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Setting"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restart_api_v1_system_restart_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerStatus"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Implemented */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_remembered_api_v1_system_remembered_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RememberedView"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forget_all_api_v1_system_remembered_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Forgotten"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forget_api_v1_system_remembered__failure_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                failure_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logs_api_v1_system_logs_get: {
        parameters: {
            query?: {
                /** @description Only lines with a greater number. */
                since?: number;
                /** @description This level and graver ones. */
                level?: components["schemas"]["Level"];
                /** @description With the line of each request. */
                requests?: boolean;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogPage"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health_api_v1_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Starting, degraded or stopping. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthView"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    validate_api_v1_auth_validate_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Validity"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    me_api_v1_auth_profile_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Profile"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    me_api_v1_auth_me_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Profile"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login_api_v1_auth_logout_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Implemented */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login_api_v1_auth_refresh_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Implemented */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login_api_v1_auth_login_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Implemented */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    png_info_sdapi_v1_png_info_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImageBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InfoReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorReply"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorReply"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorReply"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorReply"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorReply"];
                };
            };
            /** @description Misdirected Request */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorReply"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorReply"];
                };
            };
        };
    };
}
